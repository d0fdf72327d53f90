/** What every certificate store must do. Each implementation's test file calls this once. */
import { spawn } from "node:child_process";
import { once } from "node:events";

import { describe, expect, it, onTestFinished } from "vitest";

import type { CertificateStore } from "../../src/certificates/store.ts";
import { eventually } from "../support/eventually.ts";
import { MAX_VALUE } from "../../src/certificates/store.ts";

export interface StoreRig {
  readonly store: CertificateStore;
  /** The same store as another process would open it. */
  readonly again: () => Promise<CertificateStore>;
  /** A module's text that opens it as `store`, for a process that is really another one. */
  readonly program: string;
}

const NEVER = new AbortController().signal;

export function storeConformance(name: string, open: () => Promise<StoreRig>): void {
  describe(`the certificate store of ${name}`, () => {
    it("gives back octet by octet what was stored, to another process too", async () => {
      const { store, again } = await open();
      const value = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 255));
      await store.store("ai.example.com/certificate.pem", value);
      expect(await store.load("ai.example.com/certificate.pem")).toEqual(value);
      expect(await (await again()).load("ai.example.com/certificate.pem")).toEqual(value);
    });

    it("knows nothing of what was never stored, and forgets what is deleted, once or twice", async () => {
      const { store } = await open();
      expect(await store.load("a/b")).toBeUndefined();
      await store.store("a/b", "x");
      await store.delete("a/b");
      await store.delete("a/b");
      expect(await store.load("a/b")).toBeUndefined();
    });

    it("never shows a part of a value while it is replaced", async () => {
      const { store } = await open();
      const values = ["a", "b", "c"].map((letter) => letter.repeat(50_000));
      await store.store("k", values[0]!);
      let writing = true;
      const writers = Promise.all(values.map((value) => store.store("k", value).then(() => store.store("k", value)))).finally(
        () => (writing = false),
      );
      while (writing) expect(values).toContain(String(await store.load("k")));
      await writers;
    });

    it("lists the keys below a prefix, sorted, and no neighbour whose name begins alike", async () => {
      const { store } = await open();
      for (const key of ["b.example/x", "a.example/y", "a.example/x/z", "a.example.org/x", "top"]) await store.store(key, key);
      expect(await store.list("a.example")).toEqual(["a.example/x/z", "a.example/y"]);
      expect(await store.list("")).toEqual(["a.example.org/x", "a.example/x/z", "a.example/y", "b.example/x", "top"].toSorted());
      expect(await store.list("nobody")).toEqual([]);
    });

    it.each(["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/.b", ".a", "a\0b", "a/b/c/d/e", "a".repeat(256), "a b", "ä"])(
      "refuses the key %j",
      async (key) => {
        const { store } = await open();
        await expect(store.store(key, "x")).rejects.toThrow(/no key/);
        await expect(store.load(key)).rejects.toThrow(/no key/);
        await expect(store.delete(key)).rejects.toThrow(/no key/);
      },
    );

    it("refuses a value that is larger than any certificate", async () => {
      const { store } = await open();
      await expect(store.store("k", Buffer.alloc(MAX_VALUE + 1))).rejects.toThrow(/more than/);
    });

    it("tells when a value was replaced by another process, and is silent once nobody listens", async () => {
      const { store, again } = await open();
      await store.store("a/k", "one");
      let calls = 0;
      const watching = store.watch("a/k", () => calls++);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await (await again()).store("a/k", "two");
      await eventually(() => calls > 0);
      watching[Symbol.dispose]();
      const before = calls;
      await store.store("a/k", "three");
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(calls).toBe(before);
    });

    describe("lock", () => {
      it("lets one in at a time, whoever opened the store", async () => {
        const { store, again } = await open();
        const stores = [store, await again(), await again()];
        let inside = 0;
        let most = 0;
        await Promise.all(
          stores.map(async (each) => {
            await using _lock = await each.lock("ai.example.com", NEVER);
            most = Math.max(most, ++inside);
            await new Promise((resolve) => setTimeout(resolve, 20));
            inside--;
          }),
        );
        expect(most).toBe(1);
      });

      it("of one name does not keep another one waiting", async () => {
        const { store } = await open();
        await using _one = await store.lock("one", NEVER);
        await using two = await store.lock("two", NEVER);
        expect(two.lost.aborted).toBe(false);
      });

      it.runIf(process.platform === "linux")("of a process that was killed is free again at once", async () => {
        const { store, program } = await open();
        const holding = `${program}
          await store.lock("k", new AbortController().signal);
          console.log("held"); setInterval(() => {}, 1000);`;
        const holder = spawn(process.execPath, ["--input-type=module", "--eval", holding], { stdio: ["ignore", "pipe", "inherit"] });
        onTestFinished(() => void holder.kill("SIGKILL"));
        await once(holder.stdout, "data");
        await expect(store.lock("k", AbortSignal.timeout(100))).rejects.toMatchObject({ name: "TimeoutError" });
        holder.kill("SIGKILL");
        await once(holder, "exit");
        await using lock = await store.lock("k", AbortSignal.timeout(10_000));
        expect(lock.lost.aborted).toBe(false);
      });

      it("can be given up while it is waited for", async () => {
        const { store } = await open();
        await using _held = await store.lock("k", NEVER);
        await expect(store.lock("k", AbortSignal.timeout(30))).rejects.toMatchObject({ name: "TimeoutError" });
      });
    });
  });
}
