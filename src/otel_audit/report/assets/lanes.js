// Who stands in which row of the timeline.

const MAX_LANES = 40;
const TRACES_PER_PAGE = 20;
const MAX_DEPTH = 8;

// The first row from `least` on that is free at the span's start; the last one takes what does not fit.
function place(ends, span, least) {
  let row = least;
  while (row < MAX_DEPTH - 1 && ends[row] !== undefined && ends[row] > span.start) row += 1;
  ends[row] = Math.max(ends[row] || 0, endOf(span));
  return row;
}

function groupedBy(items, key) {
  const found = new Map();
  for (const item of items) {
    if (!found.has(key(item))) found.set(key(item), []);
    found.get(key(item)).push(item);
  }
  return found;
}

// From the first of them to the last, with a little room.
function extent(someSpans, someRecords) {
  let [from, to] = [Infinity, -Infinity];
  for (const span of someSpans) [from, to] = [Math.min(from, span.start), Math.max(to, endOf(span))];
  for (const record of someRecords) [from, to] = [Math.min(from, record.time), Math.max(to, record.time)];
  if (from > to) return null;
  const room = Math.max(0.04 * (to - from), 1e-4);
  return [from - room, to + room];
}

const firstTime = (lane) => Math.min(lane.spans.length ? lane.spans[0].start : Infinity,
  lane.records.length ? lane.records[0].time : Infinity);

function lane(name, title, laneSpans, laneRecords, nested) {
  const ends = [];
  for (const span of laneSpans) {
    const above = nested ? parentOf(span) : undefined;
    span.row = place(ends, span, above ? Math.min(above.row + 1, MAX_DEPTH - 1) : 0);
  }
  const rows = Math.max(1, ends.length);
  const made = { name, title, spans: laneSpans, records: laneRecords, rows, nested };
  made.first = firstTime(made);
  return made;
}

function lanesByRequest() {
  const shown = groupedBy(spans.filter((span) => localRoot(span) === span), (span) => requestOf(span.trace));
  const points = groupedBy(records, (record) => requestOf(record.trace));
  const names = [...new Set([...shown.keys(), ...points.keys()])];
  const lanes = names.map((name) => lane(name, name, shown.get(name) || [], points.get(name) || [], false));
  lanes.sort((one, two) => (two.name === OUTSIDE) - (one.name === OUTSIDE) || one.first - two.first);
  return { lanes: lanes.slice(0, MAX_LANES), left: Math.max(0, lanes.length - MAX_LANES) };
}

const spansByTrace = groupedBy(spans, (span) => span.trace);
const recordsByTrace = groupedBy(records.filter((record) => record.trace), (record) => record.trace);
const traceIds = [...new Set([...spansByTrace.keys(), ...recordsByTrace.keys()])]
  .map((trace) => {
    const mine = spansByTrace.get(trace) || [];
    const points = recordsByTrace.get(trace) || [];
    return [Math.min(mine.length ? mine[0].start : Infinity, points.length ? points[0].time : Infinity), trace];
  })
  .sort((one, two) => one[0] - two[0])
  .map((pair) => pair[1]);
const tracePages = Math.max(1, Math.ceil(traceIds.length / TRACES_PER_PAGE));

function lanesByTrace(page) {
  const shown = traceIds.slice(page * TRACES_PER_PAGE, (page + 1) * TRACES_PER_PAGE);
  const lanes = shown.map((trace) => lane(trace, `${shortened(requestOf(trace), narrow() ? 7 : 28)} · ${trace.slice(0, 8)}`,
    spansByTrace.get(trace) || [], recordsByTrace.get(trace) || [], true));
  return { lanes, left: 0 };
}

// Row of a record: that of its span; where it is not here, the lane's first.
function rowOf(record, laneOf) {
  const span = record.span ? spanOf.get(`${record.trace}/${record.span}`) : undefined;
  if (!span) return 0;
  return laneOf.nested ? span.row : localRoot(span).row;
}
