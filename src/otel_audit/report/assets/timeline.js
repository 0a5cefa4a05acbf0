// The timeline: events over time, and below them lanes of spans with their audit events.

const MAX_POINTS = 3000;
const BINS = 400;
const ROW_HEIGHT = 24;
const ACTIVITY_HEIGHT = 110;

const timeline = { byTrace: false, page: 0, range: null, lanes: [] };

// plotly reads a few HTML tags in its texts.
const inert = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function pointText(record, more) {
  const what = more ? `${number(more + 1, `${record.group} event`)}, the first: ` : "";
  const trace = record.trace ? `<br>trace ${record.trace.slice(0, 8)}` : "";
  return `<b>${inert(what)}${inert(shortened(record.event, 80))}</b><br>${inert(shortened(record.message, 110))}<br>`
    + `after ${said(record.time)}${trace}<br>${inert(shortened(record.thread, 60))}`;
}

// Points of one group. Where there are too many to draw, those that would lie on each other become one.
function groupPoints(group, placed, range, merging) {
  const found = { x: [], y: [], text: [], index: [], size: [] };
  const seen = new Map();
  const width = (range[1] - range[0]) / BINS;
  for (const [record, y] of placed) {
    if (record.group !== group || (merging && (record.time < range[0] - width || record.time > range[1] + width))) continue;
    const bin = merging ? `${y}/${Math.floor(record.time / width)}` : record.at;
    if (seen.has(bin)) { seen.get(bin).more += 1; continue; }
    seen.set(bin, { record, y, more: 0 });
  }
  for (const { record, y, more } of seen.values()) {
    found.x.push(record.time);
    found.y.push(y);
    found.text.push(pointText(record, more));
    found.index.push(record.at);
    found.size.push(9 + Math.min(7, Math.log2(more + 1)));
  }
  return found;
}

function placed() {
  const found = [];
  let top = 0;
  for (const each of timeline.lanes) {
    for (const record of each.records) found.push([record, top + rowOf(record, each)]);
    top += each.rows + 0.5;
  }
  return found;
}

function spanTrace() {
  const bars = { x: [], y: [], base: [], text: [], trace: [] };
  let top = 0;
  for (const each of timeline.lanes) {
    for (const span of each.spans) {
      bars.x.push(endOf(span) - span.start);
      bars.base.push(span.start);
      bars.y.push(top + span.row);
      const took = span.end === null ? "not ended" : said(span.end - span.start);
      bars.text.push(`<b>${inert(shortened(span.name, 80))}</b><br>span, ${took}<br>`
        + `after ${said(span.start)}<br>trace ${span.trace.slice(0, 8)}`);
      bars.trace.push(span.trace);
    }
    top += each.rows + 0.5;
  }
  const color = isDark() ? "#3a4a5e" : "#c5d3e4";
  const line = isDark() ? "#6d84a0" : "#7d94b0";
  return {
    type: "bar", orientation: "h", name: "spans", x: bars.x, y: bars.y, base: bars.base, width: 0.72,
    hovertext: bars.text, hoverinfo: "text", textposition: "none", customdata: bars.trace,
    marker: { color, line: { color: line, width: 1 } },
  };
}

const groups = [...new Set([...Object.keys(data.activity.groups), ...countBy(records, (record) => record.group).map((pair) => pair[0])])]
  .sort((one, two) => (Object.hasOwn(GROUPS, two) - Object.hasOwn(GROUPS, one)) || (one < two ? -1 : 1));

function activityTraces() {
  const width = data.activity.width_ns / 1e9;
  return groups.filter((group) => Object.hasOwn(data.activity.groups, group)).map((group) => {
    const counts = data.activity.groups[group];
    return {
      type: "bar", name: inert(group), x: counts.map((_, at) => (at + 0.5) * width), y: counts, yaxis: "y2", width: counts.map(() => width),
      legendgroup: group, showlegend: false, marker: { color: groupColor(group) }, textposition: "none",
      hovertext: counts.map((count, at) => `${number(count, `${inert(group)} event`)}<br>${said(at * width)} to ${said((at + 1) * width)}`),
      hoverinfo: "text",
    };
  });
}

function pointTraces() {
  const all = placed();
  const range = timeline.range || wholeRun();
  return groups.map((group) => {
    const points = groupPoints(group, all, range, records.length > MAX_POINTS);
    return {
      type: "scatter", mode: "markers", name: inert(group), legendgroup: group, x: points.x, y: points.y,
      hovertext: points.text, hoverinfo: "text", customdata: points.index, cliponaxis: true,
      marker: { color: groupColor(group), symbol: groupSymbol(group), size: points.size, opacity: 1, line: { color: cssColor("card"), width: 1 } },
    };
  });
}

function wholeRun() {
  const last = Math.max(duration, records.length ? records[records.length - 1].time : 0, 1e-3);
  return [-0.01 * last, 1.02 * last];
}

function gapShapes() {
  if (data.gap === null || !records.length) return [];
  const from = data.records[Math.max(0, data.gap - 1)][0] / 1e9;
  const to = data.records[Math.min(data.records.length - 1, data.gap)][0] / 1e9;
  return [{ type: "rect", xref: "x", yref: "y domain", x0: from, x1: to, y0: 0, y1: 1, layer: "below", line: { width: 0 },
    fillcolor: cssColor("line"), opacity: 0.45 }];
}

// A label of the gap's own would be cut off where the gap is narrow, or at the chart's edge.
function gapNote() {
  if (data.gap === null || !records.length) return "";
  return ` The grey band: ${number(data.left_out, "record")} counted, not kept one by one.`;
}

function axisLook() {
  return { gridcolor: cssColor("line"), zerolinecolor: cssColor("line"), linecolor: cssColor("line"), color: cssColor("soft") };
}

function chartLook(height) {
  return {
    height, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", hovermode: "closest", dragmode: "zoom",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: cssColor("text") },
    hoverlabel: { align: "left", bgcolor: cssColor("card"), bordercolor: cssColor("soft"), font: { color: cssColor("text"), size: 12 } },
  };
}

function timelineLayout() {
  const rows = timeline.lanes.reduce((sum, each) => sum + each.rows + 0.5, 0);
  const body = Math.max(3, rows) * ROW_HEIGHT;
  const whole = body + ACTIVITY_HEIGHT + 26;
  const ticks = { at: [], text: [] };
  const lines = [];
  let top = 0;
  for (const each of timeline.lanes) {
    ticks.at.push(top);
    ticks.text.push(inert(shortened(each.title, narrow() ? 16 : 38)));
    top += each.rows + 0.5;
    lines.push({ type: "line", xref: "paper", x0: 0, x1: 1, yref: "y", y0: top - 0.75, y1: top - 0.75, line: { color: cssColor("line"), width: 1 } });
  }
  return {
    ...chartLook(whole + 96),
    barmode: "stack", bargap: 0,
    margin: { l: narrow() ? 112 : 250, r: 16, t: 8, b: 44 },
    legend: { orientation: "h", x: 0, y: 1, yref: "paper", yanchor: "bottom", font: { size: 12 }, itemsizing: "constant" },
    xaxis: { ...axisLook(), range: timeline.range || wholeRun(), ticksuffix: "s", exponentformat: "SI", minexponent: 0, title: { text: "after the start" }, zeroline: false },
    yaxis: { ...axisLook(), domain: [0, body / whole], range: [Math.max(3, rows) - 0.6, -0.6], fixedrange: true, showgrid: false, zeroline: false, tickvals: ticks.at, ticktext: ticks.text, tickfont: { color: cssColor("text") } },
    yaxis2: { ...axisLook(), domain: [1 - ACTIVITY_HEIGHT / whole, 1], fixedrange: true, rangemode: "tozero", nticks: 4, anchor: "x" },
    shapes: [...lines, ...gapShapes()],
  };
}

const PLOT = { displaylogo: false, responsive: true, displayModeBar: false, showTips: false };

function drawTimeline() {
  const chart = byId("timeline-chart");
  const made = timeline.byTrace ? lanesByTrace(timeline.page) : lanesByRequest();
  timeline.lanes = made.lanes;
  if (!spans.length && !records.length) return;
  byId("pages").hidden = !timeline.byTrace || tracePages < 2;
  byId("page-of").textContent = `${timeline.page + 1} of ${tracePages}`;
  const note = made.left ? ` ${number(made.left, "more request name")} not drawn: look at them by trace.` : "";
  byId("timeline-note").textContent = TIMELINE_NOTE + gapNote() + note;
  window.Plotly.react(chart, [spanTrace(), ...activityTraces(), ...pointTraces()], timelineLayout(), PLOT);
}

// After a zoom points that lay on each other may lie apart.
function redrawPoints() {
  const chart = byId("timeline-chart");
  const traces = pointTraces();
  const first = chart.data.length - traces.length;
  window.Plotly.restyle(chart, {
    x: traces.map((trace) => trace.x), y: traces.map((trace) => trace.y), hovertext: traces.map((trace) => trace.hovertext),
    customdata: traces.map((trace) => trace.customdata), "marker.size": traces.map((trace) => trace.marker.size),
  }, traces.map((_, at) => first + at));
}

function zoomTo(range) {
  timeline.range = range;
  window.Plotly.relayout(byId("timeline-chart"), { "xaxis.range": range || wholeRun() });
}

function zoomBy(factor, shift) {
  const [from, to] = timeline.range || wholeRun();
  const middle = (from + to) / 2 + shift * (to - from);
  const half = ((to - from) / 2) * factor;
  zoomTo([middle - half, middle + half]);
}

const TIMELINE_NOTE = byId("timeline-note").textContent;
