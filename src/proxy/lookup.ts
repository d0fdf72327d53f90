import dns from "node:dns";
import type { LookupFunction } from "node:net";

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
