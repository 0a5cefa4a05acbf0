// What happens on which click, and how plotly's script comes out of its wrapping.

function sortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = made("button", head.textContent, { type: "button" });
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falling = head.classList.contains("number") ? head.getAttribute("aria-sort") !== "descending" : head.getAttribute("aria-sort") === "ascending";
      for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const value = (row) => {
        const cell = row.cells[column];
        const marked = cell.querySelector("[data-sort]");
        const text = marked ? marked.dataset.sort : cell.textContent;
        return head.classList.contains("number") ? Number(text.replace(/[^0-9.-]/g, "")) || 0 : text.toLowerCase();
      };
      const order = (one, two) => (value(one) < value(two) ? -1 : value(one) > value(two) ? 1 : 0) * (falling ? -1 : 1);
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(order));
    });
  });
}

function press(byTrace, page) {
  timeline.byTrace = byTrace;
  timeline.page = Math.min(Math.max(page, 0), tracePages - 1);
  byId("by-trace").setAttribute("aria-pressed", String(byTrace));
  byId("by-request").setAttribute("aria-pressed", String(!byTrace));
  const shown = byTrace ? lanesByTrace(timeline.page).lanes : [];
  timeline.range = extent(shown.flatMap((each) => each.spans), shown.flatMap((each) => each.records));
  drawTimeline();
}

function showInTimeline(record) {
  if (record.trace) {
    press(true, Math.floor(traceIds.indexOf(record.trace) / TRACES_PER_PAGE));
    zoomTo(extent(spansByTrace.get(record.trace) || [], recordsByTrace.get(record.trace) || []));
  } else {
    press(false, 0);
    zoomTo([record.time - 0.05, record.time + 0.05]);
  }
  byId("timeline").scrollIntoView();
}

function startTimeline() {
  const on = (id, does) => byId(id).addEventListener("click", does);
  on("by-request", () => press(false, 0));
  on("by-trace", () => press(true, 0));
  on("page-before", () => press(true, timeline.page - 1));
  on("page-after", () => press(true, timeline.page + 1));
  on("zoom-in", () => zoomBy(0.5, 0));
  on("zoom-out", () => zoomBy(2, 0));
  on("earlier", () => zoomBy(1, -0.25));
  on("later", () => zoomBy(1, 0.25));
  on("whole", () => zoomTo(null));
  const chart = byId("timeline-chart");
  chart.on("plotly_relayout", (change) => {
    if (change["xaxis.autorange"]) { zoomTo(null); return; }
    const range = change["xaxis.range"] || [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (range[0] === undefined) return;
    timeline.range = [Number(range[0]), Number(range[1])];
    if (records.length > MAX_POINTS) redrawPoints();
  });
  chart.on("plotly_click", ({ points }) => {
    const [point] = points;
    if (typeof point.customdata === "number") openRecord(point.customdata);
    else if (typeof point.customdata === "string") look({ trace: point.customdata });
  });
}

async function unpack(id) {
  const bytes = Uint8Array.from(atob(byId(id).textContent), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

let redrawCharts = () => {};

async function startCharts() {
  const chart = byId("timeline-chart");
  const waiting = chart.querySelector(".waiting");
  if (!data.events.length) {
    waiting.textContent = spans.length ? "Spans began, and no audit event was seen in this run." : "No audit event was seen in this run.";
    for (const id of ["event-chart", "group-chart"]) byId(id).remove();
    if (!spans.length) { for (const tools of document.querySelectorAll("#timeline .tools, #timeline-note")) tools.hidden = true; return; }
  }
  try {
    const script = document.createElement("script");
    script.textContent = await unpack("plotly");
    document.head.append(script);
    if (!window.Plotly) throw new Error("plotly did not start");
  } catch (error) {
    waiting.textContent = `No charts in this browser (${error.message}); the tables below have everything.`;
    return;
  }
  const draw = () => {
    drawTimeline();
    if (data.events.length) { drawEvents(); drawGroups(); }
  };
  if (!spans.length && !records.length) {
    waiting.textContent = "No record was kept and no span was seen: there is nothing to place in time. The counts below are exact.";
    for (const tools of document.querySelectorAll("#timeline .tools, #timeline-note")) tools.hidden = true;
  } else {
    waiting.remove();
  }
  draw();
  redrawCharts = draw;
  if (spans.length || records.length) startTimeline();
  document.documentElement.dataset.ready = "true";
}

for (const table of document.querySelectorAll("main table:not(#record-table)")) sortable(table);
document.addEventListener("click", (event) => {
  const subject = event.target.closest("[data-find], [data-event]");
  if (subject) look({ find: subject.dataset.find, event: subject.dataset.event });
});
startRecords();
onTheme(() => { redrawCharts(); drawRecords(); });
let drawnAt = root.clientWidth;
window.addEventListener("resize", () => {
  if (root.clientWidth === drawnAt) return;
  drawnAt = root.clientWidth;
  window.requestAnimationFrame(() => redrawCharts()); // margins and names are shorter on a narrow page
});
startCharts();
