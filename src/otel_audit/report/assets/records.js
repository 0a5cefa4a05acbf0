// The table of single records: searched, filtered, a page at a time. Text only ever becomes text nodes.

const PER_PAGE = 100;
const view = { text: "", group: "", event: "", request: "", level: "", trace: "", page: 0, found: [], open: new Set() };

function made(tag, content, attributes) {
  const node = document.createElement(tag);
  if (content !== undefined && content !== null) node.append(...[content].flat());
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  return node;
}

function matches(record) {
  return (!view.group || record.group === view.group)
    && (!view.event || record.event === view.event)
    && (!view.level || record.level === view.level)
    && (!view.trace || record.trace === view.trace)
    && (!view.request || requestOf(record.trace) === view.request)
    && (!view.text || textOf(record).includes(view.text));
}

function cells(record) {
  const open = view.open.has(record.at);
  const toggle = made("button", open ? "▾" : "▸", { type: "button", "aria-expanded": String(open), "aria-label": `All attributes of ${record.event}` });
  const dot = made("span", null, { class: "dot", "aria-hidden": "true" });
  dot.style.background = groupColor(record.group);
  const what = made("td", record.message, { class: "what" });
  if (record.level === "warn") what.append(made("span", "warn", { class: "warn-mark" }));
  if (record.count > 1) what.append(made("span", ` ×${record.count.toLocaleString("en")}`, { class: "badge" }));
  const request = made("td", record.trace ? [`${requestOf(record.trace)} `] : OUTSIDE);
  if (record.trace) request.append(made("button", record.trace.slice(0, 8), { type: "button", class: "link mono", "data-trace": record.trace, title: "Only this trace" }));
  return [made("td", [toggle, said(record.time)], { class: "time" }), made("td", [dot, record.event], { class: "event" }), what, request, made("td", record.thread.replace(/(.) \d+$/, "$1"))];
}

function details(record) {
  const shown = [
    ["time", moment(record.time)], ["event", record.event], ["group", record.group], ["severity", record.level],
    ...(record.trace ? [["request", requestOf(record.trace)], ["trace id", record.trace], ["span id", record.span]] : []),
    ["thread", record.thread], ["stands for", number(record.count, "equal event")], ...Object.entries(record.attributes),
  ];
  const list = made("dl", shown.flatMap(([name, value]) =>
    [made("dt", name), made("dd", Array.isArray(value) ? value.join("\n") : String(value))]), { class: "attributes" });
  const show = made("button", "Show in the timeline", { type: "button", "data-show": String(record.at) });
  return made("tr", made("td", [list, show], { colspan: "5" }), { class: "opened" });
}

function drawRecords() {
  const body = byId("record-table").tBodies[0];
  const from = view.page * PER_PAGE;
  const shown = view.found.slice(from, from + PER_PAGE);
  body.replaceChildren(...shown.flatMap((record) => {
    const row = made("tr", cells(record), { class: "record", "data-at": String(record.at) });
    return view.open.has(record.at) ? [row, details(record)] : [row];
  }));
  if (!shown.length) {
    const why = records.length ? "No record matches." : data.events.length ? "No record was kept: events were only counted." : "No event was recorded.";
    body.append(made("tr", made("td", why, { colspan: "5", class: "empty" })));
  }
  byId("shown").textContent = view.found.length
    ? `${(from + 1).toLocaleString("en")} to ${(from + shown.length).toLocaleString("en")} of ${view.found.length.toLocaleString("en")}` : "";
  byId("before").disabled = view.page === 0;
  byId("after").disabled = from + PER_PAGE >= view.found.length;
}

function search() {
  view.found = records.filter(matches).sort((one, two) => one.time - two.time || one.at - two.at);
  view.page = 0;
  const trace = view.trace ? ` of trace ${view.trace.slice(0, 8)}` : "";
  const left = data.left_out ? ` ${number(data.left_out, "record")} between the first and the last of the run are counted, not kept.` : "";
  byId("found").textContent = `${number(view.found.length, "record")} of ${records.length.toLocaleString("en")}${trace}.${left}`;
  drawRecords();
}

function readFilters() {
  view.text = byId("find").value.trim().toLowerCase();
  for (const name of ["group", "event", "request", "level"]) view[name] = byId(`of-${name}`).value;
  search();
}

function clearFilters() {
  view.trace = "";
  byId("find").value = "";
  for (const name of ["group", "event", "request", "level"]) byId(`of-${name}`).value = "";
}

// Only these filters, and the table in sight.
function look(changes) {
  clearFilters();
  view.trace = changes.trace || "";
  byId("find").value = changes.find || "";
  if (changes.event) byId("of-event").value = changes.event;
  readFilters();
  byId("records").scrollIntoView();
}

function openRecord(at) {
  clearFilters();
  view.open = new Set([at]);
  readFilters();
  view.page = Math.floor(view.found.findIndex((record) => record.at === at) / PER_PAGE);
  drawRecords();
  const row = document.querySelector(`#record-table tr[data-at="${at}"]`);
  byId("records").scrollIntoView();
  row.scrollIntoView({ block: "center" });
  row.querySelector("button").focus({ preventScroll: true });
}

function fill(id, key) {
  for (const [value, count] of countBy(records, key)) byId(id).append(made("option", `${shortened(value, 60)} (${count.toLocaleString("en")})`, { value }));
}

function startRecords() {
  fill("of-group", (record) => record.group);
  fill("of-event", (record) => record.event);
  fill("of-request", (record) => requestOf(record.trace));
  fill("of-level", (record) => record.level);
  let waiting = 0;
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(readFilters, 120); });
  byId("clear").addEventListener("click", () => { clearFilters(); readFilters(); });
  byId("before").addEventListener("click", () => { view.page -= 1; drawRecords(); });
  byId("after").addEventListener("click", () => { view.page += 1; drawRecords(); });
  byId("record-table").tBodies[0].addEventListener("click", clicked);
  search();
}

function clicked(event) {
  const trace = event.target.closest("[data-trace]");
  if (trace) { look({ trace: trace.dataset.trace }); return; }
  const show = event.target.closest("[data-show]");
  if (show) { showInTimeline(records[Number(show.dataset.show)]); return; }
  const row = event.target.closest("tr.record");
  if (!row || String(window.getSelection())) return;
  const at = Number(row.dataset.at);
  if (!view.open.delete(at)) view.open.add(at);
  drawRecords();
  document.querySelector(`#record-table tr[data-at="${at}"] button`).focus({ preventScroll: true });
}
