import type { Plugin } from "rolldown";

/** `import a,{b,c as d}from"node:x";`, as rolldown writes it without white space. */
const NODE_IMPORT = /\bimport(?: (\w+))?,?(?:\{([^}]*)\})?from"(node:[^"]+)";/g;

/** Two things that a running edge would pay for in memory for its whole life, mended in what is written. */
export const lighterChunks: Plugin = {
  name: "lighter-chunks",
  generateBundle(_, files) {
    for (const file of Object.values(files)) if (file.type === "chunk") file.code = asciiOnly(withoutFacades(file.code));
  },
};

/**
 * An import of a built-in module makes Node read every property of it, and so load what it would load when asked: WebCrypto with all its
 * algorithms, util's parseArgs and diff, streams of files. 4 MB in all; `process.getBuiltinModule` gives the module as it is.
 */
function withoutFacades(code: string): string {
  return code.replace(NODE_IMPORT, (_, whole: string | undefined, names: string | undefined, module: string) => {
    const taken = [whole, names === undefined ? undefined : `{${names.replaceAll(" as ", ":")}}`].filter((each) => each !== undefined);
    return taken.map((each) => `const ${each}=process.getBuiltinModule("${module}");`).join("");
  });
}

/** One character beyond Latin-1 (the sign-in page has Chinese) makes V8 keep a whole chunk's source in two octets a character. */
function asciiOnly(code: string): string {
  return code.replace(/[^ -~\n\t]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
