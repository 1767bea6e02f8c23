# The public names, for type checkers; `__init__.py` loads each on use.

from argogate.client import Artifacts as Artifacts
from argogate.client import Client as Client
from argogate.errors import ArgoError as ArgoError
from argogate.errors import Denied as Denied
from argogate.errors import Impossible as Impossible
from argogate.errors import Malformed as Malformed
from argogate.errors import NotFound as NotFound
from argogate.errors import Unavailable as Unavailable
from argogate.evidence.collect import LogWish as LogWish
from argogate.model.workflow import Artifact as Artifact
from argogate.model.workflow import Node as Node
from argogate.model.workflow import NodePhase as NodePhase
from argogate.model.workflow import Parameter as Parameter
from argogate.model.workflow import Phase as Phase
from argogate.model.workflow import Workflow as Workflow
from argogate.reports.formats import Format as Format
from argogate.reports.formats import render as render
from argogate.verdict.conclusion import Conclusion as Conclusion
from argogate.verdict.conclusion import Result as Result
from argogate.verdict.conclusion import Verdict as Verdict
from argogate.verdict.evidence import ArtifactFile as ArtifactFile
from argogate.verdict.evidence import LogTail as LogTail
from argogate.verdict.report import Report as Report
from argogate.verdict.suites import make_report as make_report
from argogate.waiting.patience import Limits as Limits

__version__: str
