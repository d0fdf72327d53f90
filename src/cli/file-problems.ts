import type { EdgeOptions } from "../config/decode.ts";
import { OPTIONS } from "../config/options.ts";
import { inWordsOf } from "../config/phrase.ts";
import { placeName } from "../config/written.ts";
import type { Problem } from "../errors.ts";

/** Problems of the certificate's files, which speak of `--cert FILE`, at the place where the file was named. */
export function atTheirPlaces(problems: readonly Problem[], options: EdgeOptions): readonly Problem[] {
  return problems.map((problem) => {
    const [, name, path] = /^--(cert|key) (\S.*)$/.exec(problem.where) ?? [];
    if (name !== "cert" && name !== "key") return problem;
    const origin = options.written(name)[0]?.origin;
    if (origin === undefined || origin.kind === "flag") return problem;
    const mend = inWordsOf(origin, problem.mend, Object.values(OPTIONS));
    return { where: `${placeName(origin)} (${path})`, what: inWordsOf(origin, problem.what, Object.values(OPTIONS)), mend };
  });
}
