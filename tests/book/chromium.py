"""Find a Chromium for the browser tests, or install one: run as a script before them, imported by them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
HELP = (
    "The browser tests need Chromium and none was found or could be installed: "
    "put chromium, chromium-browser or google-chrome on the PATH (Debian, Ubuntu: apt-get install chromium)."
)


def find() -> str | None:
    """Path of a Chromium: on the PATH first, then the one that playwright installs."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> str | None:
    """Install Chromium with playwright, or as the distribution's package when we may."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for command in attempts:
        print(f"No Chromium yet; trying: {' '.join(command)}", flush=True)
        try:
            subprocess.run(command, check=False, timeout=600, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"  {error}")
        if path := find():
            return path
    return None


if __name__ == "__main__":
    found = find() or install()
    if not found:
        sys.exit(HELP)
    print(f"Browser tests use {found}")
