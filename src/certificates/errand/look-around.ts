import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { isIPv6 } from "node:net";
import { connect } from "node:tls";

import { serverNameOf } from "../acme/identifiers.ts";
import type { Challenge } from "../acme/contract.ts";
import type { Finding, PreflightErrand } from "./errand.ts";
import { Names } from "./names.ts";

/** Milliseconds for one look at a port. */
const PATIENCE = 6_000;
/** Addresses that are looked at. A CA tries no more than two. */
const ADDRESSES = 4;

type Present = (challenge: Challenge) => Promise<void>;

/** Everything that a CA would stumble over, found beforehand. What a name server says is never repeated but for addresses. */
export async function lookAround(errand: PreflightErrand, present: Present): Promise<readonly Finding[]> {
  const { name, caaIdentities, nameServer } = errand;
  const names = new Names(nameServer);
  const found = name.kind === "ip" ? [name.value] : await names.addresses(name.value);
  if (found === "silent") {
    const mend = "Wait if you changed them just now; otherwise ask whoever runs the domain's name servers.";
    return [{ code: "noAddress", what: `The name servers of ${name.value} don't answer.`, mend }];
  }
  if (found.length === 0) {
    const mend = `Add an A record (and AAAA for IPv6) that points to this machine${suggestion(errand.ownAddresses)}.`;
    return [{ code: "noAddress", what: `${name.value} has no address in the DNS.`, mend }];
  }
  const addresses = found.slice(0, ADDRESSES);
  const [doors, caa] = await Promise.all([lookAtPorts(errand, addresses, present), names.permits(name, caaIdentities)]);
  return [...doors, ...(caa ? [] : [forbidden(errand)])];
}

/** An address that is known not to be ours. Behind a router none of ours is public, and nothing can be said. */
function strange({ name, ownAddresses }: PreflightErrand, address: string): Finding | undefined {
  const kin = ownAddresses.filter((own) => isIPv6(own) === isIPv6(address));
  if (name.kind === "ip" || kin.length === 0 || kin.includes(address)) return undefined;
  const [type, what] = isIPv6(address) ? ["AAAA", "IPv6"] : ["A", "IPv4"];
  return {
    code: "otherAddress",
    what: `${name.value} points to ${address} (${what}), which does not lead here; this machine has ${kin.join(", ")}.`,
    mend: `Correct or remove the ${type} record.`,
  };
}

const suggestion = (own: readonly string[]): string => (own.length === 0 ? "" : `: ${own.join(", ")}`);

function forbidden({ name, caaIdentities }: PreflightErrand): Finding {
  return {
    code: "caa",
    what: `The CAA records of ${name.value} (or of the domain above it) don't permit this CA.`,
    mend: `Add one to the DNS: CAA 0 issue "${caaIdentities[0] ?? ""}"`,
  };
}

/** Looks for our own nonce at every address, by the ways that the CA may take. */
async function lookAtPorts(errand: PreflightErrand, addresses: readonly string[], present: Present): Promise<readonly Finding[]> {
  const { name, challenges, ports } = errand;
  const token = randomBytes(24).toString("base64url");
  const keyAuthorization = `${token}.${randomBytes(24).toString("base64url")}`;
  const looks: ((address: string) => Promise<Finding | undefined>)[] = [];
  if (challenges.includes("http-01")) {
    await present({ type: "http-01", identifier: name, token, keyAuthorization });
    looks.push(async (address) => finding(address, 80, await fetchNonce(address, ports.http, name.value, token, keyAuthorization)));
  }
  if (challenges.includes("tls-alpn-01")) {
    const { makeChallengeCertificate } = await import("../x509.ts");
    const made = await makeChallengeCertificate(name, createHash("sha256").update(keyAuthorization).digest());
    const serverName = serverNameOf(name);
    await present({ type: "tls-alpn-01", identifier: name, serverName, certificate: made.certificate, privateKey: made.key });
    looks.push(async (address) => finding(address, 443, await shakeHands(address, ports.https, serverName, made.certificate)));
  }
  const found = addresses.map(async (address) => {
    const closed = (await Promise.all(looks.map((look) => look(address)))).filter((door) => door !== undefined);
    const elsewhere = closed.length === 0 ? undefined : strange(errand, address);
    return elsewhere === undefined ? closed : [elsewhere];
  });
  return (await Promise.all(found)).flat();
}

type Sight = "ours" | "another" | "refused" | "silent";

const SIGHTS: Readonly<Record<Exclude<Sight, "ours">, readonly [what: string, mend: string]>> = {
  another: ["is answered by another program or machine", "Stop it, or forward the port to this edge"],
  refused: ["refuses connections", "Forward it to this edge, and let the edge listen there"],
  silent: ["does not answer", "Open it in the firewall (on a rented machine also in its security group)"],
};

function finding(address: string, port: 80 | 443, sight: Sight): Finding | undefined {
  if (sight === "ours") return undefined;
  const [what, mend] = SIGHTS[sight];
  const written = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  const hint = "(A router that does not lead its own network back in looks the same.)";
  return { code: `port${port}`, what: `${written} ${what}.`, mend: `${mend}. ${hint}` };
}

function fetchNonce(host: string, port: number, name: string, token: string, expected: string): Promise<Sight> {
  const { promise, resolve } = Promise.withResolvers<Sight>();
  const headers = { host: isIPv6(name) ? `[${name}]` : name, "user-agent": "openclaw-edge (pre-flight)" };
  const asked = request({ host, port, path: `/.well-known/acme-challenge/${token}`, headers, agent: false }, (answer) => {
    let body = "";
    answer.setEncoding("latin1").on("data", (chunk: string) => {
      body += chunk;
      if (body.length > 1_000) answer.destroy();
    });
    answer.once("close", () => resolve(answer.statusCode === 200 && body === expected ? "ours" : "another"));
  });
  asked.once("error", (error) => resolve(sightOf(error)));
  asked.end();
  setTimeout(() => {
    resolve("silent");
    asked.destroy();
  }, PATIENCE);
  return promise;
}

function shakeHands(host: string, port: number, servername: string, expected: string): Promise<Sight> {
  const { promise, resolve } = Promise.withResolvers<Sight>();
  const socket = connect({ host, port, servername, ALPNProtocols: ["acme-tls/1"], rejectUnauthorized: false });
  socket.once("secureConnect", () => {
    resolve(socket.getPeerX509Certificate()?.toString().trim() === expected.trim() ? "ours" : "another");
    socket.destroy();
  });
  socket.once("error", (error) => resolve(sightOf(error)));
  setTimeout(() => {
    resolve("silent");
    socket.destroy();
  }, PATIENCE);
  return promise;
}

function sightOf(error: NodeJS.ErrnoException): Sight {
  if (error.code === "ECONNREFUSED") return "refused";
  const silent = ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"];
  return silent.includes(error.code ?? "") ? "silent" : "another";
}
