"""What a frame of a slider costs: drag the start and each range of a figure with several rules.

Run it with ``python tests/benchmark/sliders.py [FILE.json]``. The figure stands alone on a page;
the time is that of the script, style and layout, in Chromium, for each event.
"""

import json
import platform
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from gdlib.objective import OBJECTIVES, quadratic, rosenbrock
from gdlib.optim import adam, gradient_descent, momentum
from gdlib.widget import bundle, descent

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
STEPS, EVENTS, BUDGET = 200, 60, 16.0
RULES = [gradient_descent, momentum, adam]
HYPER = {
    "gradient_descent": {"lr": 0.05},
    "momentum": {"lr": 0.02, "beta": 0.9},
    "adam": {"lr": 0.1},
}
# One event, the frame it leads to and, by reading a size, its layout.
MEASURE = """
async ([trait, events]) => {
  const figure = document.querySelector("figure");
  const handle = figure.querySelector(".gdlib-handle");
  const range = figure.querySelector(`[data-trait="${trait}"]`);
  const times = [];
  for (let k = 0; k < events; k += 1) {
    await new Promise(requestAnimationFrame);
    const begin = performance.now();
    if (trait === "start") {
      const key = k % 20 < 10 ? "ArrowRight" : "ArrowLeft";
      handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    } else {
      range.value = 40 + ((k * 37) % 320);
      range.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const handled = performance.now();
    await new Promise((done) => requestAnimationFrame((frame) => done(frame)));
    const drawn = performance.now();
    figure.getBoundingClientRect();
    times.push(handled - begin + (drawn - window.frameBegan) + performance.now() - drawn);
  }
  return times;
}
"""
# Registered before the figure's own callback in each frame, this notes when the frame's work began.
CLOCK = """
window.frameBegan = 0;
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) => ask((time) => {
  if (window.frameTime !== time) {
    window.frameTime = time;
    window.frameBegan = performance.now();
  }
  callback(time);
});
"""


def page_of(widget):
    """A page with one figure."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><style>{bundle.style()}</style>'
        f"<body>{widget.html()}<script>{bundle.page_script(widget.code())}</script></body></html>"
    )


def main():
    """Measure, print a table, and write JSON where asked."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit(f"no browser found (looked for {', '.join(BROWSERS)})")
    results = {"steps": STEPS, "rules": len(RULES), "cpu": platform.processor() or "unknown"}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        results["browser"] = browser.version
        for objective, traits in (
            (quadratic, ("start", "lr", "momentum_beta", "kappa")),
            (rosenbrock, ("start", "momentum_lr", "b")),
        ):
            widget = descent(objective, RULES, objectives=OBJECTIVES, hyper=HYPER, steps=STEPS)
            path = Path(folder) / f"{objective.name}.html"
            path.write_text(page_of(widget), encoding="utf8")
            page = browser.new_page(viewport={"width": 900, "height": 1200})
            page.add_init_script(CLOCK)
            page.goto(path.as_uri())
            for trait in traits:
                times = sorted(page.evaluate(MEASURE, [trait, EVENTS])[5:])
                results[f"{objective.name} {trait}"] = {
                    "median_ms": round(statistics.median(times), 2),
                    "p95_ms": round(times[int(0.95 * len(times))], 2),
                }
        browser.close()
    print(f"{'moved':26}{'median ms':>10}{'95 % ms':>10}   of {BUDGET:g} ms")
    for name, times in results.items():
        if isinstance(times, dict):
            print(f"{name:26}{times['median_ms']:>10}{times['p95_ms']:>10}")
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(results, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
