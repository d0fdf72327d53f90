import type { Framing, RequestHead } from "../../../src/exchange.ts";
import { Fields } from "../../../src/http1/fields.ts";
import { parseResponseHead } from "../../../src/http1/response-head.ts";
import { OUR_READER } from "./our-requests.ts";
import type { ResponseReader } from "./our-response.ts";
import type { RequestReader } from "./reading.ts";

/** Mistakes that real proxies made, each put into our reader: a differential that does not catch them is worth nothing. */
export const CARELESS_READERS: Readonly<Record<string, RequestReader>> = {
  "knows chunked in lower case only and reads on behind the head otherwise": onHead((head) => {
    const coding = head.fields.first("transfer-encoding");
    return coding !== undefined && coding !== "chunked" ? { ...head, framing: { kind: "none" } } : head;
  }),
  "does not read the body of a GET": onHead((head) => (head.method === "GET" ? { ...head, framing: { kind: "none" } } : head)),
  "does not hear Connection: close among other options": onHead((head) => ({
    ...head,
    persistent: head.fields.first("connection") !== "close",
  })),
  "reads chunk sizes as decimal numbers": {
    ...OUR_READER,
    bodyReader: (framing) => (framing.kind === "chunked" ? decimalChunks() : OUR_READER.bodyReader(framing)),
  },
  "reads one octet too few of a body": { ...OUR_READER, bodyReader: (framing) => OUR_READER.bodyReader(oneLess(framing)) },
  "drops the query of an absolute-form target": onHead((head) => (head.target.startsWith("/abs") ? { ...head, target: "/abs" } : head)),
};

/** Mistakes that show only in what is sent on. */
export const CARELESS_FORWARDERS: Readonly<Record<string, RequestReader>> = {
  "lets a bare CR pass in a field value (CVE-2023-30589)": {
    ...OUR_READER,
    parseRequestHead(text, grammar) {
      const head = OUR_READER.parseRequestHead(text.replace(/\r(?!\n)/g, RETURN), grammar);
      return typeof head === "string" ? head : { ...head, fields: restored(head.fields) };
    },
  },
  "lets whitespace stand before a colon (RFC 9112 §5.1)": {
    ...OUR_READER,
    parseRequestHead(text, grammar) {
      const head = OUR_READER.parseRequestHead(text.replace(/(?<=\w) :/g, `${SPACE}:`), grammar);
      return typeof head === "string" ? head : { ...head, fields: restored(head.fields) };
    },
  },
  "decodes the target": onHead((head) => ({ ...head, target: head.target.replace("%2e%2e", "..").replace("|", " ") })),
};

export const CARELESS_RESPONSE_READERS: Readonly<Record<string, ResponseReader>> = {
  "reads a body in the answer to HEAD": { parseResponseHead: (text, _method, limit) => parseResponseHead(text, "GET", limit) },
  "takes an answer without a length for one without a body": {
    parseResponseHead(text, method, limit) {
      const head = parseResponseHead(text, method, limit);
      return head?.framing.kind === "until-close" ? { ...head, framing: { kind: "none" } } : head;
    },
  },
};

/** Harmless stand-ins while our own grammar reads the head. */
const RETURN = "\xad";
const SPACE = "~~";

function onHead(change: (head: RequestHead) => RequestHead): RequestReader {
  return {
    ...OUR_READER,
    parseRequestHead(text, grammar) {
      const head = OUR_READER.parseRequestHead(text, grammar);
      return typeof head === "string" ? head : change(head);
    },
  };
}

function oneLess(framing: Framing): Framing {
  return framing.kind === "length" && framing.length > 1 ? { kind: "length", length: framing.length - 1 } : framing;
}

function restored(fields: Fields): Fields {
  const copy = new Fields();
  fields.names.forEach((sent, index) => {
    const name = sent.replaceAll(SPACE, " ");
    copy.push(name, name.toLowerCase(), (fields.values[index] ?? "").replaceAll(RETURN, "\r"));
  });
  return copy;
}

function decimalChunks(): ReturnType<RequestReader["bodyReader"]> {
  let complete = false;
  return {
    get complete() {
      return complete;
    },
    read(bytes, start, end, sink) {
      const text = Buffer.from(bytes.subarray(0, end)).toString("latin1");
      const chunks: [number, number][] = [];
      for (let position = start; ;) {
        const line = text.indexOf("\r\n", position);
        if (line < 0) return start;
        const size = Number.parseInt(text.slice(position, line), 10);
        if (Number.isNaN(size)) return -1;
        position = line + 2 + size + 2;
        if (position > end) return start;
        if (size > 0) chunks.push([line + 2, line + 2 + size]);
        else complete = true;
        if (complete) break;
      }
      for (const [from, to] of chunks) sink(bytes, from, to);
      const last = chunks.at(-1)?.[1];
      return text.indexOf("\r\n\r\n", last === undefined ? start : last + 2) + 4;
    },
  };
}
