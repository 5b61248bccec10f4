import subprocess
import sys

import pytest

TRIES = 12
WAITS_ALL_THE_TIME = """
from appliance.stopping import asked_to_stop
stop = asked_to_stop()
print("up", flush=True)
while not stop.wait(1e-7):
    pass
"""


@pytest.mark.parametrize("number", ["TERM", "INT"])
def test_a_process_that_waits_all_the_time_still_hears_that_it_must_stop(number: str) -> None:
    for _ in range(TRIES // 2):
        with subprocess.Popen([sys.executable, "-c", WAITS_ALL_THE_TIME], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            subprocess.run(["kill", f"-{number}", str(process.pid)], check=True)
            try:
                assert process.wait(20) == 0
            finally:
                process.kill()
