// What a bundle of words has to be, for the script that writes it and the test that reads it.

/** The languages besides English. Another one is added here, and `npm run l10n` makes its files once they exist as `{}`. */
export const languages = ['de']

/** Stands before what nobody has translated yet. */
const untranslated = 'TRANSLATE: '

/** The bundle with every key of `english` (key -> text): sorted, or in its order. */
export function updateBundle(english, bundle, isSorted) {
  const keys = isSorted ? Object.keys(english).sort() : Object.keys(english)
  return {
    bundle: Object.fromEntries(keys.map((key) => [key, bundle[key] ?? `${untranslated}${english[key]}`])),
    added: keys.filter((key) => bundle[key] === undefined),
    removed: Object.keys(bundle).filter((key) => english[key] === undefined),
  }
}

/** Everything wrong with a bundle, as sentences. */
export function findBundleProblems(english, bundle) {
  return [
    ...Object.keys(english)
      .filter((key) => bundle[key] === undefined)
      .map((key) => `missing: ${key}`),
    ...Object.entries(bundle).flatMap(([key, words]) =>
      english[key] === undefined ? [`not used: ${key}`] : entryProblems(key, english[key], words),
    ),
  ]
}

function entryProblems(key, english, words) {
  if (words.trim() === '') return [`empty: ${key}`]
  if (words.startsWith(untranslated)) return [`not translated: ${key}`]
  return [
    ...(sameMarks(english, words, /\{\d+\}/g) ? [] : [`other placeholders: ${key}`]),
    // Icons, commands of links and line breaks are no words.
    ...(sameMarks(english, words, /\$\([\w-]+\)|\(command:[^)]+\)|\n/g) ? [] : [`other icons, links or lines: ${key}`]),
    ...(/^\s/.test(english) === /^\s/.test(words) && /\s$/.test(english) === /\s$/.test(words)
      ? []
      : [`other spaces at the ends: ${key}`]),
  ]
}

function sameMarks(english, words, pattern) {
  const marks = (text) => JSON.stringify([...new Set(text.match(pattern) ?? [])].sort())
  return marks(english) === marks(words)
}
