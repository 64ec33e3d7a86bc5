// Where figures come to life: on a page from their HTML, in a notebook from their model.
const KINDS = { descent, curves };

function render(model, registry, root) {
  const live = html("div", {
    class: "gdlib-live", role: "group", "aria-label": model.get("config").alt,
  });
  root.append(live);
  return KINDS[model.get("kind")](model, registry, live);
}

// Replace the still picture of each figure of the page by the live one.
function mountAll(registry) {
  for (const figure of document.querySelectorAll("figure.gdlib-widget:not(.gdlib-mounted)")) {
    const { state, ...config } = JSON.parse(figure.querySelector(".gdlib-config").textContent);
    const kind = figure.dataset.kind;
    const model = new MemoryModel({ ...state, kind, config: { ...config, initial: state } });
    const still = figure.querySelector(".gdlib-still");
    const place = html("div");
    still.replaceWith(place);
    render(model, registry, place);
    figure.classList.add("gdlib-mounted");
  }
}

function mountWhenReady(registry) {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => mountAll(registry));
  } else {
    mountAll(registry);
  }
}

// In a notebook: anywidget calls this for each view, and what it returns when the view goes.
function renderInNotebook({ model, el }, registry) {
  const figure = html("figure", { class: "gdlib-widget gdlib-mounted" });
  const { caption } = model.get("config");
  el.append(figure);
  const stop = render(model, registry, figure);
  if (caption) figure.append(html("figcaption", {}, caption));
  return stop;
}
