import type { Language } from "./language.ts";
import { CHINESE } from "./texts/chinese.ts";
import type { Texts } from "./texts/contract.ts";
import { ENGLISH } from "./texts/english.ts";

export type { Texts };

export const textsOf = (language: Language): Texts => (language === "zh" ? CHINESE : ENGLISH);
