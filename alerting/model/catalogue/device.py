"""Faults of cameras, microphones, speakers and displays, and the operator's faults that look like them."""

from alerting.model.fault import FaultClass, FaultKind, Severity

_D = FaultClass.DEVICE
_O = FaultClass.OPERATOR
_CAM = "spare_camera"
_MIC = "spare_microphone"
_CAM_ON = ("camera.present",)
_SET = ("microphone.settings",)
"""A microphone that is muted or turned down sounds dead: that is then a symptom."""

_AGAIN = 10
"""What a single burst may imitate (a phone's ring, a slammed door) must be seen again."""

KINDS = (
    FaultKind(code="camera_missing", fault_class=_D, check="camera.present", patience=3, spare=_CAM),
    FaultKind(code="camera_no_frames", fault_class=_D, check="camera", depends_on=_CAM_ON, spare=_CAM),
    FaultKind(code="camera_frozen", fault_class=_D, check="camera", depends_on=_CAM_ON, spare=_CAM),
    FaultKind(code="camera_black", fault_class=_D, check="camera", depends_on=_CAM_ON, spare=_CAM),
    FaultKind(code="camera_corruption", fault_class=_D, check="camera", depends_on=_CAM_ON, spare=_CAM),
    FaultKind(code="camera_covered", fault_class=_O, check="camera", depends_on=_CAM_ON),
    FaultKind(code="camera_low_fps", fault_class=_D, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_overexposed", fault_class=_D, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_defocus", fault_class=_D, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_colour_cast", fault_class=_D, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_moved", fault_class=_O, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_upside_down", fault_class=_O, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_mirrored", fault_class=_O, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_swapped", fault_class=_O, check="camera", depends_on=_CAM_ON, weight=Severity.WARNING),
    FaultKind(code="camera_no_signal", fault_class=_O, check="camera", depends_on=_CAM_ON),
    FaultKind(code="camera_privacy_closed", fault_class=_O, check="camera", depends_on=_CAM_ON, weight=Severity.NOTICE),
    FaultKind(code="microphone_missing", fault_class=_D, check="microphone", patience=3, spare=_MIC, proof=True),
    FaultKind(code="microphone_stalled", fault_class=_D, check="microphone", patience=3, spare=_MIC, proof=True),
    FaultKind(code="microphone_digital_silence", fault_class=_D, check="microphone", depends_on=_SET, spare=_MIC),
    FaultKind(code="microphone_dead", fault_class=_D, check="microphone", depends_on=_SET, spare=_MIC),
    FaultKind(
        code="microphone_cut",
        fault_class=_D,
        check="microphone",
        depends_on=_SET,
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_clipping",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_too_quiet",
        fault_class=_D,
        check="microphone",
        depends_on=_SET,
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_hum", fault_class=_D, check="microphone", patience=_AGAIN, weight=Severity.WARNING, spare=_MIC
    ),
    FaultKind(
        code="microphone_dc_offset",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_dropouts",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_constant_tone",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_garbled",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_muffled",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_hiss",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(
        code="microphone_buzz",
        fault_class=_O,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="microphone_wind",
        fault_class=_O,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="microphone_echo",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="microphone_wrong_rate",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="microphone_pumping",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="microphone_inverted",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
    ),
    FaultKind(
        code="microphone_channel_dead",
        fault_class=_D,
        check="microphone",
        patience=_AGAIN,
        weight=Severity.WARNING,
        spare=_MIC,
    ),
    FaultKind(code="microphone_muted", fault_class=_O, check="microphone.settings", weight=Severity.WARNING),
    FaultKind(code="microphone_gain_zero", fault_class=_O, check="microphone.settings", weight=Severity.WARNING),
    FaultKind(code="microphone_wrong_default", fault_class=_O, check="microphone.settings", weight=Severity.WARNING),
    FaultKind(code="speaker_missing", fault_class=_D, check="speaker", patience=3, spare="spare_speaker", proof=True),
    FaultKind(code="speaker_muted", fault_class=_O, check="speaker", weight=Severity.WARNING),
    FaultKind(code="speaker_volume_zero", fault_class=_O, check="speaker", weight=Severity.WARNING),
    FaultKind(code="speaker_wrong_default", fault_class=_O, check="speaker", weight=Severity.WARNING),
    FaultKind(code="acoustic_speaker_silent", fault_class=_D, check="acoustic", spare="spare_speaker"),
    FaultKind(code="acoustic_microphone_silent", fault_class=_D, check="acoustic", spare="spare_microphone"),
    FaultKind(code="acoustic_wrong_microphone", fault_class=_O, check="acoustic", weight=Severity.WARNING),
    FaultKind(code="acoustic_delay", fault_class=_D, check="acoustic", weight=Severity.WARNING),
    FaultKind(code="acoustic_level_low", fault_class=_D, check="acoustic", weight=Severity.WARNING),
    FaultKind(code="acoustic_echo", fault_class=_D, check="acoustic", weight=Severity.WARNING),
    FaultKind(
        code="acoustic_distorted", fault_class=_D, check="acoustic", weight=Severity.WARNING, spare="spare_speaker"
    ),
    FaultKind(
        code="acoustic_speaker_channel",
        fault_class=_D,
        check="acoustic",
        weight=Severity.WARNING,
        spare="spare_speaker",
    ),
    FaultKind(
        code="acoustic_microphone_channel",
        fault_class=_D,
        check="acoustic",
        weight=Severity.WARNING,
        spare="spare_microphone",
    ),
    FaultKind(code="acoustic_wrong_rate", fault_class=_D, check="acoustic", weight=Severity.WARNING),
)
