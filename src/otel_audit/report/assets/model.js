// What the page holds: records, spans, traces. Times are seconds since the start.

const data = JSON.parse(byId("data").textContent);
const OUTSIDE = "outside of requests";
const UNKNOWN = "unknown request";
const duration = data.duration_ns / 1e9;

const records = data.records.map((row, at) => ({
  at, time: row[0] / 1e9, event: row[1], group: row[2], level: row[3], message: row[4],
  trace: row[5], span: row[6], thread: row[7], count: row[8], attributes: row[9], text: null,
}));
const spans = data.spans.map((row) => ({
  trace: row[0], id: row[1], parent: row[2], local: row[3] === 1, name: row[4],
  start: row[5] / 1e9, end: row[6] === null ? null : row[6] / 1e9, row: 0,
}));
const spanOf = new Map(spans.map((span) => [`${span.trace}/${span.id}`, span]));
const parentOf = (span) => spanOf.get(`${span.trace}/${span.parent}`);

function requestOf(trace) {
  if (!trace) return OUTSIDE;
  return Object.hasOwn(data.requests, trace) ? data.requests[trace] : UNKNOWN;
}

// The span of this process that has no parent here, as far as the page knows.
function localRoot(span) {
  let found = span;
  for (let up = parentOf(found); up && !found.local; up = parentOf(found)) found = up;
  return found;
}

const endOf = (span) => (span.end === null ? Math.max(duration, span.start) : span.end);

function said(seconds) {
  if (seconds < 0) return `-${said(-seconds)}`;
  if (seconds < 1) return `${Number((seconds * 1e3).toPrecision(4))} ms`;
  if (seconds < 60) return `${seconds.toFixed(3)} s`;
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return `${parts[0]}:${String(parts[1]).padStart(2, "0")}:${String(parts[2]).padStart(2, "0")}`;
}

const moment = (seconds) => new Date(data.start_ms + seconds * 1e3).toISOString().replace("T", " ").replace("Z", " UTC");
const shortened = (text, size) => (text.length > size ? `${text.slice(0, size - 1)}…` : text);
const narrow = () => window.innerWidth < 760;
const number = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

// Sorted by how many; what the selects and lanes go by.
function countBy(items, key) {
  const counts = new Map();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) || 0) + 1);
  return [...counts].sort((one, two) => two[1] - one[1] || (one[0] < two[0] ? -1 : 1));
}

// All that a search looks through, made when first asked for.
function textOf(record) {
  if (record.text === null) {
    const values = Object.entries(record.attributes).flatMap(([key, value]) =>
      [key, Array.isArray(value) ? value.join(" ") : String(value)]);
    const parts = [record.event, record.group, record.message, record.trace, record.thread, requestOf(record.trace)];
    record.text = [...parts, ...values].join("\n").toLowerCase();
  }
  return record.text;
}
