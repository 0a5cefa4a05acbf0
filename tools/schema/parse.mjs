// [[language, text], ...] on standard input; for each, where its grammar gave up, or null.
import { readFileSync } from "node:fs";
import { parser as loki } from "@grafana/lezer-logql";
import { parser as tempo } from "@grafana/lezer-traceql";

const PARSERS = { loki, tempo };

function wrong([language, text]) {
  let found = null;
  PARSERS[language].parse(text).iterate({
    enter(node) {
      if (node.type.isError) found ??= text.slice(Math.max(0, node.from - 20), node.to + 20);
    },
  });
  return found;
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf-8")).map(wrong)));
