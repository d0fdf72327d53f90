import { describe, expect, it } from "vitest";

import { revokeCertificate } from "../../../src/certificates/renewal/revoke.ts";
import { CA, failure, OTHER_CA, refusing, room, server } from "./support.ts";

const FORCE = { force: true } as const;
const never = new AbortController().signal;

describe("a certificate that is revoked", () => {
  it("is replaced first, and then revoked at its own CA, with its own key and the reason", async () => {
    const here = await room({ settings: { servers: [server(OTHER_CA), server(CA)] } });
    here.cas.behaviour.set(OTHER_CA, [refusing("rejectedIdentifier")]);
    const custodian = await here.open();
    await custodian.renew(FORCE);
    const old = custodian.stored!;
    const asked = here.cas.asked.length;
    expect(await revokeCertificate(here.desk, custodian, "keyCompromise", never)).toMatchObject({
      kind: "revoked",
      replaced: { kind: "renewed" },
    });
    const [revoked] = here.cas.revocations;
    expect(revoked).toMatchObject({ certificate: old.certificate, privateKey: old.key, reason: 1, directory: { url: CA } });
    expect(here.cas.asked.slice(asked).at(-1)).toBe(`revoke ${CA} 1`);
    expect(custodian.stored?.fingerprint).not.toBe(old.fingerprint);
  });

  it("is revoked though there is no new one, and stays in use: a stolen key must not be trusted, whoever is down", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    const custodian = await here.open();
    await custodian.renew(FORCE);
    const { stored } = custodian;
    here.cas.behaviour.set(CA, [refusing("serverInternal")]);
    expect(await revokeCertificate(here.desk, custodian, undefined, never)).toMatchObject({
      kind: "revoked",
      replaced: { kind: "failed", failure: { code: "serverInternal" } },
    });
    expect(custodian.stored?.fingerprint).toBe(stored?.fingerprint);
  });

  it("of a CA that is configured no more is revoked there, and not at another one, which would not know it", async () => {
    const before = await room({ settings: { servers: [server(CA)] } });
    await (await before.open()).renew(FORCE);
    const here = await room({ directory: before.directory, settings: { servers: [server(OTHER_CA)] } });
    await revokeCertificate(here.desk, await here.open(), "superseded", never);
    expect(here.cas.asked.at(-1)).toBe(`revoke ${CA} 4`);
  });

  it("that its CA does not revoke is said, and so is what became of the new one", async () => {
    const here = await room({ settings: { servers: [server(CA)] } });
    const custodian = await here.open();
    await custodian.renew(FORCE);
    here.cas.revocation = failure("unauthorized", "revoke");
    expect(await revokeCertificate(here.desk, custodian, undefined, never)).toMatchObject({
      kind: "failed",
      problem: { code: "unauthorized" },
      replaced: { kind: "renewed" },
    });
  });

  it("that does not exist is nobody's", async () => {
    const here = await room();
    expect(await revokeCertificate(here.desk, await here.open(), undefined, never)).toBeUndefined();
    expect(here.cas.asked).toEqual([]);
  });
});
