import dns from "node:dns";
import { isIPv6, type LookupFunction } from "node:net";

import { isPrivateName } from "../config/private-names.ts";

type Answered = Parameters<LookupFunction>[2];

/** Who waits for an answer, by the question. */
const asked = new Map<string, Answered[]>();

/**
 * Resolves a name as the system does, and asks once for all who want to know at the same moment. Nothing is kept: a container that comes
 * back may have another address. The system's resolver takes one of four threads, which files need, too, and where the DNS does not answer
 * it takes it for many seconds: connections to a Gateway that is away must not hold up all of them.
 */
export const lookup: LookupFunction = (hostname, options, answered) => {
  const question = JSON.stringify([hostname, options.family, options.hints, options.all]);
  const waiting = asked.get(question);
  if (waiting !== undefined) return void waiting.push(answered);
  const all = [answered];
  asked.set(question, all);
  dns.lookup(hostname, options, (...answer: Parameters<Answered>) => {
    asked.delete(question);
    for (const each of all) each(...answer);
  });
};

/**
 * The same for a name that is private, and so has to lead to a private address: who is signed in goes there in clear text. A search domain
 * with a wildcard, or a DNS that has an answer for whatever does not exist, would lead it to a stranger while a container is away.
 */
export const lookupPrivate: LookupFunction = (hostname, options, answered) => {
  lookup(hostname, options, (error, found, family) => {
    if (error !== null) return answered(error, found, family);
    if (typeof found === "string")
      return isPrivate(found) ? answered(null, found, family) : answered(publicAddress(hostname), found, family);
    const ours = found.filter(({ address }) => isPrivate(address));
    return ours.length > 0 ? answered(null, ours) : answered(publicAddress(hostname), found);
  });
};

/** The zone of an IPv6 address (`%eth0`) is of this machine only. */
const isPrivate = (address: string): boolean =>
  isPrivateName({ kind: "ip", value: isIPv6(address) ? address.replace(/%.*/, "") : address }) || isVirtual(address);

/** In 0.0.0.0/8, where nobody on the Internet is (RFC 6890 §2.2.2): OrbStack has `host.docker.internal` there. */
const isVirtual = (address: string): boolean => address.startsWith("0.") && address !== "0.0.0.0";

const publicAddress = (hostname: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${hostname} leads to a public address`), { code: "EPUBLIC" });
