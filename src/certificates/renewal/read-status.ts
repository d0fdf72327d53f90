import { openFileStore } from "../file-store.ts";
import { NEW_RECORD, plausible, readRecord } from "../schedule/record.ts";
import type { CertificateStatus } from "../status.ts";
import { certificateKey, placeOf, readStored } from "../stored-certificate.ts";
import type { ServedName } from "../../config/served-name.ts";
import { canonicalAddress } from "../../config/names.ts";
import { attemptAt, type Outlook } from "./outlook.ts";
import { statusOf } from "./status-of.ts";

/** What lies in a directory of certificates, without an edge, and without changing anything in it. */
export async function readStatus(directory: string): Promise<readonly CertificateStatus[]> {
  const store = await openFileStore(directory, { readOnly: true });
  const keys = await store.list("");
  const places = new Set(keys.filter((key) => /\/(?:certificate\.pem|renewal\.json)$/.test(key)).map((key) => key.split("/")[0] ?? ""));
  const all = [...places].map(async (place): Promise<CertificateStatus> => {
    const name = nameOf(place);
    const [pem, written] = await Promise.all([store.load(certificateKey(name)), store.load(`${placeOf(name)}/renewal.json`)]);
    const stored = pem === undefined ? undefined : readStored(pem, name);
    const record = plausible((written && readRecord(written.toString("utf8"))) ?? NEW_RECORD, Date.now());
    const outlook: Outlook = { stored: typeof stored === "string" ? undefined : stored, record };
    // Which CAs the edge asks is not known here; those that are waited for are the ones that count.
    const directories = Object.keys(record.pauses).map((url) => ({ directory: url }));
    const servers = record.issuer === undefined ? directories : [{ directory: record.issuer }, ...directories];
    return statusOf(name, outlook, { next: attemptAt(outlook, { servers }), working: false });
  });
  return Promise.all(all);
}

function nameOf(place: string): ServedName {
  const address = canonicalAddress(place.replaceAll("_", ":"));
  return address === undefined ? { kind: "name", value: place } : { kind: "ip", value: address };
}
