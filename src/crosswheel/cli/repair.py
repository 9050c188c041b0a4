"""`crosswheel repair`."""

import argparse
import os
from pathlib import Path

from crosswheel.app.repair import FailedRepair, RepairedWheel, RepairRequest, platform_named, repair_all
from crosswheel.app.workshop import Workshop
from crosswheel.audit import Severity
from crosswheel.cli.documents import print_document
from crosswheel.cli.failure import error_json, exit_code, print_error
from crosswheel.cli.inspect import finding_json
from crosswheel.cli.streams import publish, tell
from crosswheel.cli.view import make_view
from crosswheel.repair import Graft

_MEGABYTE = 1_000_000
_MOST_WARNINGS = 5  # of one code; --json has them all


def run_repair(arguments: argparse.Namespace) -> int:
    """Repair the wheels that the arguments name, tell the results, and return the exit code."""
    request = RepairRequest(
        wheels=tuple(map(Path, arguments.wheels)),
        out=Path(arguments.out).absolute(),
        platform=platform_named(arguments.target),
        library_paths=tuple(Path(path).absolute() for path in arguments.library_path or ()),
        sysroot=Path(arguments.sysroot).absolute() if arguments.sysroot else None,
        exclude=tuple(arguments.exclude or ()),
        include=tuple(arguments.include or ()),
        strip=arguments.strip,
        test=not arguments.no_test,
    )
    workshop = Workshop(os.environ, make_view())
    try:
        results = repair_all(workshop, request)
    finally:
        workshop.close()
    if arguments.json:
        print_document("repair", [_as_json(result) for result in results])
    for result in results:
        if isinstance(result, FailedRepair):
            print_error(result.error)
        elif not arguments.json:
            _print_wheel(result)
    return exit_code([result.error for result in results if isinstance(result, FailedRepair)])


def _print_wheel(wheel: RepairedWheel) -> None:
    megabytes = f"{wheel.size / _MEGABYTE:.1f} MB"
    publish(f"{wheel.path.name}  {megabytes}  {wheel.proof_level}  {wheel.seconds:.1f} s")
    for graft in wheel.plan.grafts if wheel.plan else ():
        publish(f"  grafted {graft.library.path} as {graft.path}")
    for name in wheel.plan.excluded if wheel.plan else ():
        publish(f"  left out {name}: who installs the wheel has to have it")
    for note in wheel.notes:
        tell(f"note: {note}")
    warnings = [finding for finding in wheel.findings if finding.severity is Severity.WARNING]
    for code in dict.fromkeys(finding.code for finding in warnings):
        found = [finding for finding in warnings if finding.code == code]
        for finding in found[:_MOST_WARNINGS]:
            tell(f"warning: {finding}")
        if len(found) > _MOST_WARNINGS:
            tell(f"warning: {code}: {len(found) - _MOST_WARNINGS} more (--json tells them all)")


def _as_json(result: RepairedWheel | FailedRepair) -> dict[str, object]:
    if isinstance(result, FailedRepair):
        return {"source": str(result.source), "status": "failed", "error": error_json(result.error)}
    plan = result.plan
    return {
        "source": str(result.source),
        "status": "repaired" if plan else "copied",
        "wheel": {"path": str(result.path), "sha256": result.sha256, "size": result.size},
        "policy": plan.policy if plan else None,
        "grafts": [_graft_json(graft) for graft in plan.grafts] if plan else [],
        "changed": sorted(plan.changes) if plan else [],
        "moved": dict(plan.moved) if plan else {},
        "added": sorted(plan.files) if plan else [],
        "excluded": list(plan.excluded) if plan else [],
        "proof_level": result.proof_level,
        "loaded": list(result.loaded),
        "python": result.python or None,
        "findings": [finding_json(finding) for finding in result.findings],
        "notes": list(result.notes),
        "seconds": round(result.seconds, 3),
    }


def _graft_json(graft: Graft) -> dict[str, object]:
    return {
        "path": graft.path,
        "names": list(graft.names),
        "source": str(graft.library.path),
        "source_sha256": graft.sha256,
    }
