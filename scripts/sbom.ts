/** `npm run sbom`: the bill of materials (CycloneDX) of what is published: what npm installs beside it, and what is bundled into it. */
import { spawnSync } from "node:child_process";

import { BUNDLED } from "./bundled.ts";

interface Component {
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
}
interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const bill = JSON.parse(npm()) as Bill;
const runtime = new Set((JSON.parse(npm("--omit", "dev")) as Bill).components.map((each) => each["bom-ref"]));
const kept = bill.components.filter((each) => runtime.has(each["bom-ref"]) || (BUNDLED as readonly string[]).includes(fullName(each)));
const refs = new Set([bill.metadata.component["bom-ref"], ...kept.map((each) => each["bom-ref"])]);
const dependencies = bill.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }));
// npm names it by its folder, which may be called anything.
const component = { ...bill.metadata.component, name: "openclaw-edge" };
const metadata = { ...bill.metadata, component };
process.stdout.write(`${JSON.stringify({ ...bill, metadata, components: kept, dependencies }, undefined, 2)}\n`);

function npm(...args: readonly string[]): string {
  const { stdout, status, stderr } = spawnSync("npm", ["sbom", "--sbom-format", "cyclonedx", ...args], {
    encoding: "utf8",
    maxBuffer: 67_108_864,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function fullName({ group, name }: Component): string {
  return group === undefined || name.startsWith("@") ? name : `${group}/${name}`;
}
