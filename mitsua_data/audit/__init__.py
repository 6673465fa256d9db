"""
The independent audit: a release derived again from captures (`run`), and the auditor's signed word on it (`sign`).
"""

from mitsua_data.audit.findings import Finding, Kind
from mitsua_data.audit.result import AuditResult
from mitsua_data.audit.run import VALID_DAYS, audit_release
from mitsua_data.audit.sign import Recorded, sign_and_record

__all__ = ["VALID_DAYS", "AuditResult", "Finding", "Kind", "Recorded", "audit_release", "sign_and_record"]
