import { randomBytes } from "node:crypto";

const [CONSONANTS, VOWELS] = ["bdfghjklmnprstvz", "aiou"];
const WORDS = 5;

/**
 * Five words that can be read aloud and typed on a phone, as `lusab-babad-gutih-tugad-mudof`: 80 random bits, 16 a word. (The letters are
 * those of D. S. Wilkerson's proquints, arXiv:0901.4016: no two sound or look alike.)
 */
export function makePassphrase(): string {
  const octets = randomBytes(2 * WORDS);
  return Array.from({ length: WORDS }, (_, index) => word(octets.readUInt16BE(2 * index))).join("-");
}

function word(bits: number): string {
  const [consonant, vowel] = [
    (shift: number) => CONSONANTS.charAt((bits >> shift) & 15),
    (shift: number) => VOWELS.charAt((bits >> shift) & 3),
  ];
  return consonant(12) + vowel(10) + consonant(6) + vowel(4) + consonant(0);
}
