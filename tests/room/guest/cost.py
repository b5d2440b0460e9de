"""In the guest: CPU of a whole cold capture and judgement, the median of five: cost.py NODE... hw:CARD"""

from __future__ import annotations

import asyncio
import json
import resource
import statistics
import sys

from probes.child.isolate import Isolation
from probes.microphone.discovery_linux import capture_devices


async def cost(target: str) -> dict[str, object]:
    isolation, spent, said = Isolation(), [], ""
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if target.startswith("hw:"):
            card = next(one for one in capture_devices() if one.card_id == target[3:])
            wanted = {"device": card.portaudio_suffix, "seconds": 3.0, "rate": 0.0, "channels": 0}
            wanted |= {"stall_seconds": 5.0, "limits": {}}
            answer = await isolation.run(
                "probes.microphone.capture:listen", wanted, key="m", deadline=60, cpu_seconds=60
            )
        else:
            request = {"source": target, "kind": "v4l2"}
            answer = await isolation.run("probes.camera.capture:look", request, key="c", deadline=60, cpu_seconds=60)
        said = str(answer.get("label", answer))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        await asyncio.sleep(0.5)
    return {"case": f"cost-{target}", "cpu": statistics.median(spent), "most": max(spent), "said": said}


for each in sys.argv[1:]:
    print(json.dumps(asyncio.run(cost(each))), flush=True)
