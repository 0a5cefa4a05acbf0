// Events by name and by group.

const MAX_BARS = 14;
const COLUMNS = ["seen", "kept", "sampled out", "rate limited", "merged", "counted", "dropped"];

function barLayout(rows, left) {
  return {
    ...chartLook(rows * 26 + 100), barmode: "stack", bargap: 0.25, dragmode: false,
    margin: { l: left, r: 16, t: 8, b: 36 },
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", traceorder: "normal" },
    xaxis: { ...axisLook(), fixedrange: true, rangemode: "tozero", zeroline: false, title: { text: "events" } },
    yaxis: { ...axisLook(), fixedrange: true, autorange: "reversed", type: "category", tickfont: { color: cssColor("text") } },
  };
}

function drawEvents() {
  const shown = [...data.events].sort((one, two) => two[2] - one[2]).slice(0, MAX_BARS);
  const names = shown.map((row) => inert(shortened(row[0], narrow() ? 18 : 30)));
  const traces = COLUMNS.slice(1).map((outcome, at) => ({
    type: "bar", orientation: "h", name: outcome, y: names.map((_, row) => row), x: shown.map((row) => row[3 + at]),
    marker: { color: shade(OUTCOMES[outcome]) }, textposition: "none", hoverinfo: "text",
    hovertext: shown.map((row) => `<b>${inert(row[0])}</b><br>${row[3 + at].toLocaleString("en")} ${outcome} of ${row[2].toLocaleString("en")}`),
  })).filter((trace) => trace.x.some((count) => count > 0));
  const layout = barLayout(shown.length, narrow() ? 130 : 190);
  layout.yaxis = { ...layout.yaxis, type: "linear", tickvals: names.map((_, row) => row), ticktext: names };
  layout.showlegend = true;
  window.Plotly.react(byId("event-chart"), traces, layout, PLOT);
}

function drawGroups() {
  const sums = new Map();
  for (const row of data.events) sums.set(row[1], (sums.get(row[1]) || 0) + row[2]);
  const shown = [...sums].sort((one, two) => two[1] - one[1]).slice(0, MAX_BARS);
  const trace = {
    type: "bar", orientation: "h", y: shown.map((pair) => inert(pair[0])), x: shown.map((pair) => pair[1]),
    marker: { color: shown.map((pair) => groupColor(pair[0])) }, hoverinfo: "text", textposition: "none",
    hovertext: shown.map((pair) => `<b>${inert(pair[0])}</b><br>${number(pair[1], "event")} seen`),
  };
  const layout = barLayout(shown.length, 110);
  layout.margin.t = 38;
  window.Plotly.react(byId("group-chart"), [trace], layout, PLOT);
}
