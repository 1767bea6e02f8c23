"""JSON of the Argo Server → values. Total: any JSON gives a workflow, none gives a traceback."""

from __future__ import annotations

import binascii
import json
import re
import zlib
from base64 import b64decode
from typing import TYPE_CHECKING, Any

from argogate.model.blueprint import Blueprint, Template, read_blueprint, supplied_in
from argogate.model.lenient import (
    JsonObject,
    flag_in,
    moment_in,
    object_in,
    objects_in,
    scalar_in,
    text_in,
    texts_by_name_in,
    texts_in,
)
from argogate.model.workflow import (
    ArchiveForm,
    Artifact,
    Node,
    NodePhase,
    NodeType,
    Parameter,
    Phase,
    Workflow,
)
from argogate.spell import listing

if TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_TREE = 512 * 1024 * 1024
"""Bytes of unpacked `compressedNodes` that are read at most; 100,000 nodes need about 60 MB."""

LONGEST_ESTIMATE = 10**9
"""Seconds: thirty years."""

LOCATIONS = ("s3", "gcs", "oss", "azure", "hdfs", "artifactory", "http", "git", "raw", "plugin")
HOOK_NAME = re.compile(r"\.(onExit|hooks\.[^.\[\]()]+)\Z")

KEYS = ("key", "blob", "path", "url", "repo", "data")
STORES = ("name", "endpoint", "region", "bucket", "container", "addresses", "revision")
"""What else tells one storage, or one state of it, from another."""

PLAIN = Template()

PHASES = {phase.value: phase for phase in Phase}
NODE_PHASES = {phase.value: phase for phase in NodePhase}
NODE_TYPES = {kind.value: kind for kind in NodeType}


def parse_workflow(document: object) -> Workflow:
    """Read a workflow from what a GET, a LIST row or a watch event's `object` holds."""
    source: JsonObject = document if isinstance(document, dict) else {}
    metadata = object_in(source, "metadata")
    spec = object_in(source, "spec")
    status = object_in(source, "status")
    outputs = object_in(status, "outputs")
    document, unreadable = node_document(status)
    blueprint = read_blueprint(spec, status, document)
    phase = text_in(status, "phase")
    return Workflow(
        name=text_in(metadata, "name"),
        namespace=text_in(metadata, "namespace"),
        uid=text_in(metadata, "uid"),
        resource_version=text_in(metadata, "resourceVersion"),
        generate_name=text_in(metadata, "generateName"),
        created_at=moment_in(metadata, "creationTimestamp"),
        deleted_at=moment_in(metadata, "deletionTimestamp"),
        labels=texts_by_name_in(metadata, "labels"),
        annotations=texts_by_name_in(metadata, "annotations"),
        phase=PHASES.get(phase, Phase.UNKNOWN),
        phase_word=phase,
        message=text_in(status, "message"),
        progress=text_in(status, "progress"),
        started_at=moment_in(status, "startedAt"),
        finished_at=moment_in(status, "finishedAt"),
        suspended=flag_in(spec, "suspend"),
        shutdown=text_in(spec, "shutdown"),
        template=text_in(object_in(spec, "workflowTemplateRef"), "name"),
        entrypoint=text_in(effective_spec(spec, status), "entrypoint"),
        estimated_seconds=_estimate(status),
        holders=_holders(object_in(status, "synchronization")),
        ttl_seconds=_shortest_ttl(object_in(effective_spec(spec, status), "ttlStrategy")),
        blueprint=blueprint,
        parameters=_parameters(outputs),
        artifacts=_artifacts(outputs),
        nodes=_nodes(document, blueprint),
        nodes_unreadable=unreadable,
    )


def effective_spec(spec: JsonObject, status: JsonObject) -> JsonObject:
    """Return the spec merged with its WorkflowTemplate, where the controller stored one."""
    return {**object_in(status, "storedWorkflowTemplateSpec"), **spec}


def _estimate(status: JsonObject) -> int | None:
    seconds = status.get("estimatedDuration")
    return seconds if type(seconds) is int and 0 < seconds < LONGEST_ESTIMATE else None


def _holders(locks: JsonObject) -> Mapping[str, str]:
    """Return who has the locks that are waited for: one of a mutex, several of a semaphore."""
    mutexes = objects_in(object_in(locks, "mutex"), "waiting")
    semaphores = objects_in(object_in(locks, "semaphore"), "waiting")
    found = {text_in(each, "mutex"): text_in(each, "holder") for each in mutexes}
    found |= {text_in(each, "semaphore"): listing(texts_in(each, "holders")) for each in semaphores}
    return {lock: holder for lock, holder in found.items() if lock and holder}


def _shortest_ttl(strategy: JsonObject) -> int | None:
    names = ("secondsAfterCompletion", "secondsAfterSuccess", "secondsAfterFailure")
    values = [strategy.get(name) for name in names]
    return min((value for value in values if type(value) is int), default=None)


def node_document(status: JsonObject) -> tuple[JsonObject, str]:
    """Return the nodes' JSON by id, and why they cannot be read where they cannot."""
    document: object = status.get("nodes")
    if not document and text_in(status, "compressedNodes"):
        document = _unpacked(text_in(status, "compressedNodes"))
        if not isinstance(document, dict):
            return {}, "the nodes are compressed in a form that cannot be read"
    elif not document and text_in(status, "offloadNodeStatusVersion"):
        return {}, "the nodes are kept in a database that the server did not read"
    return (document, "") if isinstance(document, dict) else ({}, "")


def _nodes(document: JsonObject, blueprint: Blueprint) -> Mapping[str, Node]:
    return {
        node_id: _node(node_id, source, blueprint.of(node_id) or PLAIN)
        for node_id, source in document.items()
        if isinstance(source, dict)
    }


def _unpacked(text: str) -> Any:  # noqa: ANN401 - JSON of any kind
    """Unpack `compressedNodes`: base64 of gzip of JSON (workflow/packer/packer.go)."""
    try:
        stream = zlib.decompressobj(wbits=31)
        return json.loads(stream.decompress(b64decode(text), LARGEST_TREE))
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        return None


def _node(node_id: str, source: JsonObject, template: Template) -> Node:
    outputs = object_in(source, "outputs")
    flags = object_in(source, "nodeFlag")
    name = text_in(source, "name") or node_id
    return Node(
        id=node_id,
        name=name,
        display_name=text_in(source, "displayName") or name,
        type=NODE_TYPES.get(text_in(source, "type"), NodeType.UNKNOWN),
        phase=NODE_PHASES.get(text_in(source, "phase"), NodePhase.UNKNOWN),
        template_name=text_in(source, "templateName")
        or text_in(object_in(source, "templateRef"), "template"),
        boundary_id=text_in(source, "boundaryID"),
        message=text_in(source, "message"),
        started_at=moment_in(source, "startedAt"),
        finished_at=moment_in(source, "finishedAt"),
        progress=text_in(source, "progress"),
        children=texts_in(source, "children"),
        hooked=flag_in(flags, "hooked") or _hook_name(name),
        retried=flag_in(flags, "retried"),
        daemoned=flag_in(source, "daemoned"),
        daemon=template.daemon,
        timed=template.timed,
        supplied=supplied_in(outputs) if outputs else template.supplied,
        memoized=flag_in(object_in(source, "memoizationStatus"), "hit"),
        exit_code=scalar_in(outputs, "exitCode"),
        host_node_name=text_in(source, "hostNodeName"),
        waiting_for_lock=text_in(object_in(source, "synchronizationStatus"), "waiting"),
        synced=source.get("taskResultSynced") is not False,
        parameters=_parameters(outputs) if outputs else (),
        artifacts=_artifacts(outputs) if outputs else (),
    )


def _hook_name(name: str) -> bool:
    """Recognise a hook by its name, as releases before 3.5.1 set no flag.

    What runs inside a hook, an attempt too, has more after the hook's name.
    """
    return HOOK_NAME.search(name) is not None


def _parameters(outputs: JsonObject) -> tuple[Parameter, ...]:
    return tuple(
        Parameter(
            name=text_in(source, "name"),
            value=scalar_in(source, "value"),
            global_name=text_in(source, "globalName"),
        )
        for source in objects_in(outputs, "parameters")
        if text_in(source, "name")
    )


def _artifacts(outputs: JsonObject) -> tuple[Artifact, ...]:
    return tuple(
        Artifact(
            name=text_in(source, "name"),
            path=text_in(source, "path"),
            key=key,
            store=store,
            form=_form(object_in(source, "archive")),
            global_name=text_in(source, "globalName"),
            optional=flag_in(source, "optional"),
            deleted=flag_in(source, "deleted"),
        )
        for source in objects_in(outputs, "artifacts")
        for store, key in [_location(source)]
        if text_in(source, "name")
    )


def _location(artifact: JsonObject) -> tuple[str, str]:
    """Return the storage and the key in it: one key can be in several buckets."""
    for location in LOCATIONS:
        place = object_in(artifact, location)
        for name in KEYS:
            if key := text_in(place, name):
                named = [str(place[each]) for each in STORES if place.get(each)]
                return " ".join((location, *named)), key
    return "", ""


def _form(archive: JsonObject) -> ArchiveForm:
    if "none" in archive:
        return ArchiveForm.NONE
    return ArchiveForm.ZIP if "zip" in archive else ArchiveForm.TAR
