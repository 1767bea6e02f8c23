// Extras of a page that is whole without them: filter, sorting, zoom. The filter's state is the
// address behind `#`, so that a link shows what its sender saw.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, members = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), members);
    made.append(...inside);
    return made;
  };

  // ---- filter -----------------------------------------------------------------------------
  const HELP = "s:failed  t:template  w:workflow  d:10 (seconds or longer)  or a part of the name";
  const box = make("input", { type: "search", id: "filter", placeholder: "s:failed build", title: HELP });
  box.setAttribute("aria-describedby", "filter-help");
  const count = make("output", { id: "count" });
  count.setAttribute("role", "status");

  const parse = (text) => text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => {
    const [, kind, value] = /^([swtdn]):(.*)$/s.exec(word) ?? [null, "n", word];
    return { kind, value };
  });
  const matches = (wanted, item) => wanted.every(({ kind, value }) =>
    kind === "d" ? item.d >= (parseFloat(value) || 0)
      : kind === "s" ? value.split(",").includes(item.s)
        : item[kind].includes(value));

  const describe = (element, words) => ({
    s: element.dataset.s ?? "",
    d: parseFloat(element.dataset.d) || 0,
    t: (element.dataset.t ?? "").toLowerCase(),
    w: (element.dataset.w ?? element.closest(".workflow")?.querySelector("h2").textContent ?? "").toLowerCase(),
    n: words.toLowerCase(),
  });
  let items;
  const collect = () => {
    items ??= [
      ...all(".failure").map((element) => [element, describe(element, element.dataset.n)]),
      ...all(".nodes tbody tr").map((element) => {
        const cells = element.cells;
        const item = describe(element, cells[1].textContent + " " + cells[7].textContent);
        item.d = parseFloat(cells[4].dataset.v) || 0;
        item.t = cells[6].textContent.toLowerCase();
        return [element, item, true];
      }),
    ];
    return items;
  };

  const restack = (svg, wanted) => {
    const names = all(".names > text", svg);
    const height = parseFloat(svg.dataset.row), rows = all(".row", svg);
    let shown = 0;
    svg.dataset.height ??= svg.getAttribute("height");
    rows.forEach((row, at) => {
      const title = row.querySelector("title").textContent.split("\n")[0];
      const fits = matches(wanted, describe(row, title));
      for (const part of [row, names[at]]) {
        part.style.display = fits ? "" : "none";
        part.setAttribute("transform", `translate(0,${(shown - at) * height})`);
      }
      shown += fits;
    });
    svg.querySelector(".path").style.display = wanted.length ? "none" : "";
    svg.setAttribute("height", svg.dataset.height - height * (rows.length - shown));
  };

  const apply = () => {
    const wanted = parse(box.value);
    let shown = 0, nodes = 0;
    for (const [element, item, isNode] of collect()) {
      const fits = matches(wanted, item);
      element.hidden = !fits;
      if (isNode) { nodes += 1; shown += fits; }
    }
    for (const group of all(".group")) group.hidden = !group.querySelector(".failure:not([hidden])");
    all(".timeline").forEach((svg) => restack(svg, wanted));
    if (wanted.length) all("details.all").forEach((each) => { each.open = true; });
    count.value = wanted.length ? `${shown} of ${nodes} nodes` : "";
    for (const link of all(".counters a")) {
      const on = link.getAttribute("href") === (box.value ? `#${box.value.trim()}` : "#");
      on ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    }
  };
  const fromAddress = () => {
    let text = "";
    try { text = decodeURIComponent(location.hash.slice(1)); } catch { /* not ours */ }
    if (text && !/^[swtdn]:/.test(text)) return;
    const shown = text.replace(/(^|\s)n:/g, "$1");
    if (shown === box.value && items) return;
    box.value = shown;
    if (shown || items) apply();
  };
  const toAddress = () => {
    const words = box.value.trim().split(/\s+/).filter(Boolean);
    const text = words.map((word) => (/^[swtdn]:/.test(word) ? word : `n:${word}`)).join(" ");
    history.replaceState(null, "", `#${encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%2C", ",")}`);
    apply();
  };
  let pause;
  box.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(toAddress, 120); });
  for (const link of all(".counters a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      box.value = link.getAttribute("href").slice(1);
      toAddress();
    });
  }
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing) { event.preventDefault(); box.focus(); }
    if (event.key === "Escape" && document.activeElement === box) { box.value = ""; toAddress(); }
  });
  if (document.querySelector(".counters")) {
    const label = make("label", { htmlFor: "filter" }, "Filter");
    const help = make("small", { id: "filter-help" }, HELP);
    document.querySelector(".counters").after(make("div", { className: "filter" }, label, box, count, help));
    addEventListener("hashchange", fromAddress);
    fromAddress();
  }

  // ---- sorting ----------------------------------------------------------------------------
  const ORDER = ["failed", "unfinished", "flaky", "tolerated", "skipped", "passed"];
  const worth = (row, at, letter) => {
    const cell = row.cells[at];
    if (letter === "s") return ORDER.indexOf(row.dataset.s);
    if ("bwd".includes(letter)) return cell.dataset.v ? parseFloat(cell.dataset.v) : -1;
    return letter === "a" ? parseInt(cell.textContent, 10) : cell.textContent;
  };
  const names = new Intl.Collator(undefined, { numeric: true });
  for (const head of all("th[data-sort]")) {
    const letter = head.dataset.sort;
    const button = make("button", { type: "button" }, head.textContent);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = "wda".includes(letter) ? head.ariaSort !== "descending" : head.ariaSort === "ascending";
      const body = head.closest("table").tBodies[0];
      const keyed = [...body.rows].map((row) => [worth(row, head.cellIndex, letter), row]);
      const compare = "sbwda".includes(letter) ? (a, b) => a - b : names.compare;
      keyed.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      body.append(...keyed.map(([, row]) => row));
    });
  }

  // ---- zoom -------------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400];
  const spell = (seconds) => {
    if (seconds < 1) return seconds ? `${seconds.toFixed(1)}s` : "0s";
    let rest = Math.round(seconds * 10) / 10;
    const parts = [];
    for (const [unit, size] of [["d", 86400], ["h", 3600], ["m", 60]]) {
      const whole = Math.floor(rest / size);
      rest = Math.round((rest - whole * size) * 10) / 10;
      if (whole) parts.push(`${whole}${unit}`);
    }
    if (rest) parts.push(`${rest}s`);
    return parts.slice(0, 2).join(" ");
  };
  for (const chart of all(".chart")) {
    const svg = chart.querySelector(".timeline");
    const lane = svg.querySelector(".lane"), axis = svg.querySelector(".axis");
    const total = parseFloat(svg.dataset.seconds) || 0;
    if (!total) continue;
    let zoom = 1, left = 0; // `left` is the share of the whole that is to the left of what is seen
    const width = () => svg.getBoundingClientRect().width * 0.7;
    const most = () => Math.max(1, Math.min(1000, total * 20));

    const ticks = () => {
      const step = STEPS.find((each) => (total / zoom) / each * 95 <= width()) ?? total;
      const first = Math.floor(left * total / step), last = Math.ceil((left + 1 / zoom) * total / step);
      const made = [];
      for (let at = Math.max(first, 0); at <= last && at * step <= total; at += 1) {
        const x = `${(at * step / total * 100).toFixed(4)}%`;
        const line = document.createElementNS(SVG, "line"), text = document.createElementNS(SVG, "text");
        for (const [name, value] of [["x1", x], ["x2", x], ["y1", 20], ["y2", "100%"]]) line.setAttribute(name, value);
        text.setAttribute("x", x);
        text.setAttribute("y", 15);
        text.setAttribute("text-anchor", at === 0 ? "start" : at * step > total * 0.97 ? "end" : "middle");
        text.textContent = spell(at * step);
        made.push(line, text);
      }
      axis.replaceChildren(...made);
    };
    const show = (to, from) => {
      zoom = Math.min(Math.max(to, 1), most());
      left = Math.min(Math.max(from, 0), 1 - 1 / zoom);
      lane.setAttribute("width", `${zoom * 100}%`);
      lane.setAttribute("x", `${-zoom * left * 100}%`);
      chart.dataset.zoom = String(zoom);
      said.textContent = zoom > 1 ? `${spell(total / zoom)} of ${spell(total)}, from ${spell(left * total)}` : "";
      ticks();
    };
    const around = (factor, at = 0.5) => {
      const moment = left + at / zoom, to = Math.min(Math.max(zoom * factor, 1), most());
      show(to, moment - at / to);
    };
    const said = make("span");
    said.setAttribute("role", "status");
    const KEYS = {
      "+": () => around(1.5), "=": () => around(1.5), "-": () => around(1 / 1.5), "0": () => show(1, 0),
      ArrowLeft: () => show(zoom, left - 0.2 / zoom), ArrowRight: () => show(zoom, left + 0.2 / zoom),
      Home: () => show(zoom, 0), End: () => show(zoom, 1),
    };
    const button = (text, label, key) => {
      const made = make("button", { type: "button" }, text);
      made.setAttribute("aria-label", label);
      made.addEventListener("click", KEYS[key]);
      return made;
    };
    chart.before(make("div", { className: "tools" },
      button("+", "Zoom in", "+"), button("−", "Zoom out", "-"), button("Whole", "Whole timeline", "0"),
      make("small", {}, "or + − 0 ← → in the chart, Ctrl and wheel, drag"), said));
    chart.tabIndex = 0;
    chart.setAttribute("role", "group");
    chart.setAttribute("aria-label", "Timeline. Plus and minus zoom, arrows move, zero shows all of it.");
    chart.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
      event.preventDefault();
      KEYS[event.key]();
    });
    const share = (event) => {
      const seen = svg.getBoundingClientRect();
      return Math.min(Math.max((event.clientX - seen.left - seen.width * 0.3) / width(), 0), 1);
    };
    chart.addEventListener("wheel", (event) => {
      if (event.ctrlKey || event.metaKey) around(Math.exp(-event.deltaY / 300), share(event));
      else if (event.deltaX && zoom > 1) show(zoom, left + event.deltaX / width() / zoom);
      else return;
      event.preventDefault();
    }, { passive: false });
    let grabbed = null;
    chart.addEventListener("pointerdown", (event) => {
      if (zoom > 1 && event.button === 0) grabbed = { x: event.clientX, left };
    });
    addEventListener("pointermove", (event) => {
      if (grabbed) show(zoom, grabbed.left - (event.clientX - grabbed.x) / width() / zoom);
    });
    addEventListener("pointerup", () => { grabbed = null; });
    chart.addEventListener("dblclick", (event) => around(2, share(event)));
    addEventListener("resize", ticks);
    show(1, 0);
  }

  // ---- paper ------------------------------------------------------------------------------
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
})();
