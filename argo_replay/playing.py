"""What becomes of a workflow that a client creates: its templates, played by simple rules.

Steps, DAGs, `when`, `withItems`, retries, suspension, deadlines and exit handlers are done as the
controller does them. Nothing is run: what is no suspension takes a second, and fails if its
template says `exit N`. Of expressions only `a == b`, `a != b` and `task && task.Failed` are known.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import NamedTuple

from argo_replay.making import node_id
from argo_replay.run import Object, merge

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_TAKES = 1.0
_BAD = {"Failed", "Error"}
_LABEL = "workflows.argoproj.io"


class Place(NamedTuple):
    """Where a node stands: its name, the id of the node whose template calls it, its begin."""

    name: str
    boundary: str
    begins: float


class Outcome(NamedTuple):
    """How a node ends."""

    phase: str
    message: str = ""


_WELL = Outcome("Succeeded")
_LATE = Outcome("Failed", "Step exceeded its deadline")


@dataclass(slots=True, kw_only=True)
class Node:
    """One node and its whole life; `ends` is infinite where it waits for a client."""

    place: Place
    type: str
    template: str
    ends: float
    outcome: Outcome
    children: tuple[str, ...] = ()


class Player:
    """Plays one workflow from second 0 on, and holds its nodes by their ids.

    Raises KeyError for a template that is not there.
    """

    def __init__(self, name: str, spec: Object) -> None:
        self._name = name
        self._templates = {template["name"]: template for template in spec["templates"]}
        self.nodes: dict[str, Node] = {}
        root = self._call(spec["entrypoint"], Place(name, "", 0.0))
        self.outcome, self.ends = root.outcome, root.ends
        if "onExit" in spec and self.ends < inf:
            handler = self._call(spec["onExit"], Place(f"{name}.onExit", "", self.ends))
            self.ends = handler.ends
            if self.outcome == _WELL:
                self.outcome = handler.outcome
        self._stop(float(spec.get("activeDeadlineSeconds", inf)))

    def moments(self) -> list[float]:
        """The seconds at which something changes, in order, the end left out."""
        times = {each for node in self.nodes.values() for each in (node.place.begins, node.ends)}
        return sorted(time for time in times if time < self.ends)

    def _stop(self, deadline: float) -> None:
        if self.ends <= deadline:
            return
        self.outcome, self.ends = _LATE, deadline
        for key, node in list(self.nodes.items()):
            if node.place.begins >= deadline:
                del self.nodes[key]
            elif node.ends > deadline:
                node.outcome, node.ends = _LATE, deadline

    def _id(self, name: str) -> str:
        return node_id(self._name, name)

    def _add(self, node: Node) -> Node:
        self.nodes[self._id(node.place.name)] = node
        return node

    def _call(self, template: str, place: Place) -> Node:
        """Play a template as a node there, with the attempts that it may have."""
        limit = self._templates[template].get("retryStrategy", {}).get("limit")
        if limit is None:
            return self._once(template, place)
        tried: list[Node] = []
        begins = place.begins
        while not tried or (tried[-1].outcome.phase in _BAD and len(tried) <= int(limit)):
            name = f"{place.name}({len(tried)})"
            tried.append(self._once(template, Place(name, place.boundary, begins)))
            begins = tried[-1].ends
        last = tried[-1].outcome
        outcome = Outcome(last.phase, "No more retries left") if last.phase in _BAD else last
        return self._frame("Retry", template, place, tried, outcome)

    def _once(self, template: str, place: Place) -> Node:
        shape = self._templates[template]
        if "steps" in shape:
            return self._steps(shape, place)
        if "dag" in shape:
            return self._dag(shape, place)
        kind, outcome, takes = "HTTP" if "http" in shape else "Pod", _WELL, _TAKES
        if "suspend" in shape:
            kind, takes = "Suspend", _seconds(str(shape["suspend"].get("duration", "inf")))
        elif found := re.search(r"\bexit ([1-9]\d*)", json.dumps(shape)):
            outcome = Outcome("Failed", f"main: Error (exit code {found[1]})")
        deadline = float(shape.get("activeDeadlineSeconds", inf))
        if takes > deadline:
            outcome, takes = _LATE, deadline
        elif takes == inf:
            outcome = Outcome("Running")
        ends = place.begins + takes
        return self._add(
            Node(place=place, type=kind, template=template, ends=ends, outcome=outcome)
        )

    def _steps(self, shape: Object, place: Place) -> Node:
        scope, begins, outcome = self._id(place.name), place.begins, _WELL
        groups: list[Node] = []
        for number, steps in enumerate(shape["steps"]):
            where = Place(f"{place.name}[{number}]", scope, begins)
            made = [node for step in steps for node in self._task(step, where)]
            outcome = self._judged(made, steps)
            groups.append(self._frame("StepGroup", "", where, made, outcome))
            begins = groups[-1].ends
            if outcome != _WELL:
                break
        return self._frame("Steps", shape["name"], place, groups, outcome)

    def _dag(self, shape: Object, place: Place) -> Node:
        tasks = {task["name"]: task for task in shape["dag"]["tasks"]}
        done: dict[str, Node] = {}
        while left := [name for name in tasks if name not in done]:
            ready = [name for name in left if all(need in done for need, _ in _needs(tasks[name]))]
            if not ready:
                text = f"templates.{shape['name']} tasks need each other: {', '.join(left)}"
                raise ValueError(text)
            for name in ready:
                needs = [(done[need], wanted) for need, wanted in _needs(tasks[name])]
                begins = max((node.ends for node, _ in needs), default=place.begins)
                where = Place(place.name, self._id(place.name), begins)
                if all(node.outcome.phase in wanted for node, wanted in needs):
                    done[name] = self._together(tasks[name], where)
                else:
                    omitted = where._replace(name=f"{where.name}.{name}")
                    done[name] = self._untried(omitted, Outcome("Omitted"))
        made = list(done.values())
        outcome = self._judged(made, list(tasks.values()))
        return self._frame("DAG", shape["name"], place, made, outcome)

    def _together(self, task: Object, where: Place) -> Node:
        """Play a task of a DAG, which is one node also where it has many items."""
        made = self._task(task, where)
        place = where._replace(name=f"{where.name}.{task['name']}")
        if made[0].place == place:
            return made[0]
        return self._frame("TaskGroup", task["template"], place, made, self._judged(made, [task]))

    def _task(self, task: Object, where: Place) -> list[Node]:
        """Play a step or a task: once, or for each of its items."""
        place = where._replace(name=f"{where.name}.{task['name']}")
        reached = _evaluated(task["when"]) if "when" in task else _WELL
        if reached != _WELL:
            return [self._untried(place, reached)]
        if "withItems" not in task:
            return [self._call(task["template"], place)]
        items = enumerate(task["withItems"])
        names = [f"{place.name}({number}:{item})" for number, item in items]
        return [self._call(task["template"], place._replace(name=name)) for name in names]

    def _untried(self, place: Place, outcome: Outcome) -> Node:
        node = Node(place=place, type="Skipped", template="", ends=place.begins, outcome=outcome)
        return self._add(node)

    def _judged(self, made: list[Node], tasks: list[Object]) -> Outcome:
        """How what encloses these ends; a failure may be tolerated by `continueOn`."""
        tolerant = tuple(f".{each['name']}" for each in tasks if "continueOn" in each)
        for node in made:
            path = node.place.name.partition("(")[0]
            if node.outcome.phase in _BAD and not path.endswith(tolerant):
                return Outcome("Failed", f"child '{self._id(node.place.name)}' failed")
        return Outcome("Running") if any(node.ends == inf for node in made) else _WELL

    def _frame(
        self, kind: str, template: str, place: Place, made: list[Node], outcome: Outcome
    ) -> Node:
        ends = max((node.ends for node in made), default=place.begins)
        children = tuple(self._id(node.place.name) for node in made)
        return self._add(
            Node(
                place=place,
                type=kind,
                template=template,
                ends=ends,
                outcome=outcome,
                children=children,
            )
        )


def _seconds(duration: str) -> float:
    if duration == "inf":
        return inf
    number, unit = re.findall(r"\A(\d+)([smh]?)\Z", duration)[0]
    return float(number) * _UNITS[unit]


def _needs(task: Object) -> list[tuple[str, frozenset[str]]]:
    """The tasks that another one needs, and the phases in which."""
    names = [*task.get("dependencies", ()), *re.findall(r"[\w.-]+", task.get("depends", ""))]
    needs = []
    for name in names:
        needed, _, phase = name.partition(".")
        needs.append((needed, frozenset({phase} if phase else {"Succeeded", "Skipped"})))
    return needs


def _evaluated(when: str) -> Outcome:
    """How a node ends that is not even tried; else it would succeed."""
    parts = re.fullmatch(r"\s*(\S+)\s*(==|!=)\s*(\S+)\s*", when)
    if parts is None:
        return Outcome("Error", f"Invalid 'when' expression '{when}'")
    if (parts[1] == parts[3]) is (parts[2] == "=="):
        return _WELL
    return Outcome("Skipped", f"when '{when}' evaluated false")


def play(created: Object, wall: Callable[[float], datetime]) -> list[tuple[float, Object]]:
    """Every state of a workflow that was just created, with its second after that.

    Raises KeyError, IndexError or ValueError for one that cannot be played.
    """
    name = created["metadata"]["name"]
    player = Player(name, created["spec"])
    moments = [*player.moments(), *([player.ends] if player.ends < inf else [])]
    states = [(0.0, created)]
    for at in moments:
        over = at == player.ends
        phase = player.outcome.phase if over else "Running"
        nodes = {
            key: _shown(key, node, at, wall)
            for key, node in player.nodes.items()
            if node.place.begins <= at
        }
        leaves = [node for node in nodes.values() if not node["children"]]
        done = sum(node["phase"] not in {"Running", "Failed", "Error"} for node in leaves)
        status: Object = {
            "phase": phase,
            "startedAt": _stamp(wall(0)),
            "progress": f"{done}/{len(leaves)}",
            "nodes": nodes,
        }
        if over:
            status |= {"finishedAt": _stamp(wall(at)), "message": player.outcome.message}
        labels = {f"{_LABEL}/phase": phase, f"{_LABEL}/completed": "true" if over else "false"}
        version = str(int(created["metadata"]["resourceVersion"]) + len(states))
        metadata = {"labels": labels, "resourceVersion": version}
        states.append((at, merge(created, {"metadata": metadata}) | {"status": status}))
    return states


def _shown(key: str, node: Node, at: float, wall: Callable[[float], datetime]) -> Object:
    over = node.ends <= at
    times = {"startedAt": _stamp(wall(node.place.begins))}
    return {
        "id": key,
        "name": node.place.name,
        "displayName": re.split(r"\.|(?=\[)", node.place.name)[-1],
        "type": node.type,
        "templateName": node.template,
        "boundaryID": node.place.boundary,
        "children": list(node.children),
        "phase": node.outcome.phase if over else "Running",
        "message": node.outcome.message if over else "",
        **times,
        **({"finishedAt": _stamp(wall(node.ends))} if over else {}),
    }


def _stamp(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")
