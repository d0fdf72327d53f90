import type { OurReading, OurRequest, PeerReading, ReadRequest } from "./reading.ts";

/**
 * Where two readers understood the same octets differently although both accepted them; undefined when they nowhere did.
 * What only one of them accepts is no disagreement: a message that is refused smuggles nothing.
 */
export function disagreement(ours: OurReading, peer: PeerReading): string | undefined {
  const both = Math.min(ours.requests.length, peer.requests.length);
  for (let index = 0; index < both; index++) {
    const our = ours.requests[index] as OurRequest;
    const their = peer.requests[index] as ReadRequest;
    const difference = requestDifference(our, their) ?? bodyDifference(our, their, ours, peer, index);
    if (difference !== undefined) return `request ${index + 1}: ${difference}`;
    if (asksForUpgrade(our)) return undefined;
  }
  if (ours.requests.length > both && peer.error === undefined)
    return `we read ${ours.requests.length} requests, the peer ${both} and waits for more`;
  if (peer.requests.length > both && (ours.ending === "within" || ours.ending === "between")) {
    return `the peer read ${peer.requests.length} requests, we ${both} and wait for more`;
  }
  return undefined;
}

/**
 * From such a request's body on, node:http reports no mistake any more, and behind it drops what came in the same read or takes it for
 * another protocol. None of this reaches it through us: Upgrade is never passed on, but for a complete WebSocket handshake, which has
 * no body and behind which HTTP ends for us too.
 */
function asksForUpgrade(request: OurRequest): boolean {
  const { fields } = request.head;
  return fields.count("upgrade") > 0 && fields.all("connection").some((value) => /upgrade/i.test(value));
}

function requestDifference(our: OurRequest, their: ReadRequest): string | undefined {
  if (our.method !== their.method) return differ("method", our.method, their.method);
  if (our.target !== originForm(their.target, our.method)) return differ("target", our.target, their.target);
  if (our.minor !== their.minor) return differ("minor version", our.minor, their.minor);
  const isOriginForm = /^[/*]/.test(their.target);
  if (isOriginForm && our.host !== their.host) return differ("host", our.host, their.host);
  // HTTP/1.0 never persists with us. node:http takes Proxy-Connection for Connection, against RFC 9110 §7.6.1; we drop it on the way.
  const isComparable = our.minor === 1 && our.head.fields.count("proxy-connection") === 0;
  if (isComparable && our.persistent !== their.persistent) return differ("persistence", our.persistent, their.persistent);
  if (our.fields.join("\n") !== their.fields.join("\n")) return differ("fields", our.fields, their.fields);
  return undefined;
}

function bodyDifference(our: OurRequest, their: ReadRequest, ours: OurReading, peer: PeerReading, index: number): string | undefined {
  const weRefused = index === ours.requests.length - 1 && !["between", "within", "last"].includes(ours.ending);
  const theyRefused = asksForUpgrade(our) || (index === peer.requests.length - 1 && peer.error !== undefined);
  if ((our.complete || !weRefused) && (their.complete || !theyRefused)) {
    if (our.complete !== their.complete) return differ("completeness", our.complete, their.complete);
    return our.body.equals(their.body) ? undefined : differ("body", our.body.toString("latin1"), their.body.toString("latin1"));
  }
  // One of them stopped in the middle: up to there they must have read the same.
  const length = Math.min(our.body.length, their.body.length);
  if (our.body.subarray(0, length).equals(their.body.subarray(0, length))) return undefined;
  return differ("body so far", our.body.toString("latin1"), their.body.toString("latin1"));
}

/** node:http hands an absolute-form target on as it is; we hand on what it names (RFC 9112 §3.2.2). */
function originForm(target: string, method: string): string {
  const absolute = /^https:\/\/[^/?]*/i.exec(target);
  if (absolute === null) return target;
  const rest = target.slice(absolute[0].length);
  if (rest === "") return method === "OPTIONS" ? "*" : "/";
  return rest.startsWith("?") ? `/${rest}` : rest;
}

function differ(what: string, ours: unknown, theirs: unknown): string {
  return `${what}: we read ${JSON.stringify(ours)}, the peer ${JSON.stringify(theirs)}`;
}
