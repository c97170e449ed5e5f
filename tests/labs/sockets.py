"""A plugin of pytest: the kernels that nbval starts are spoken to through sockets in a folder, not through TCP ports.

A kernel is given five port numbers that were free a moment ago. Beside tests that listen and connect all the time another
program can be quicker; a kernel that cannot have the port of its output neither answers nor ends, and nbval waits in vain.
"""

import itertools
import os
import tempfile
from typing import Any

import nbval.kernel
from jupyter_client.manager import KernelManager

if os.name == "posix":  # elsewhere ZeroMQ has no such sockets
    FOLDER = tempfile.TemporaryDirectory(
        prefix="kernels-", dir="/tmp"
    )  # a socket's name may have some 100 characters
    NUMBERS = itertools.count(1)

    def manager(**options: Any) -> KernelManager:
        """The manager of a kernel whose sockets have names of their own."""
        return KernelManager(transport="ipc", ip=f"{FOLDER.name}/{next(NUMBERS)}", **options)

    nbval.kernel.KernelManager = manager
