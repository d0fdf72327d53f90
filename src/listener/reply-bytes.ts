import type { Reply, RequestHead } from "../exchange.ts";
import { httpDate } from "./http-date.ts";

/** Writes a reply out: the head in latin1, and the body in UTF-8. */
export function serialiseReply(reply: Reply, head: RequestHead | undefined, hsts: string, close: boolean): Buffer {
  const body = Buffer.from(reply.body);
  let text = `HTTP/1.1 ${reply.status} ${REASONS[reply.status] ?? ""}\r\nDate: ${httpDate()}\r\n${hsts}`;
  for (const [name, value] of reply.fields) text += `${name}: ${value}\r\n`;
  if (reply.status !== 204 && reply.status !== 304) text += `Content-Length: ${body.length}\r\n`;
  // A 426 names the protocol in Upgrade, which must be nominated (RFC 9110 §7.8).
  const options = [close ? "close" : "", reply.status === 426 ? "Upgrade" : ""].filter((option) => option !== "");
  if (options.length > 0) text += `Connection: ${options.join(", ")}\r\n`;
  const headBytes = Buffer.from(`${text}\r\n`, "latin1");
  return head?.method === "HEAD" ? headBytes : Buffer.concat([headBytes, body]);
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  303: "See Other",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  421: "Misdirected Request",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  508: "Loop Detected",
};
