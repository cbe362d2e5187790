import type { ProposedCategory } from '../../protocol/profile.ts'
import { foldName, slugOf } from '../domain/categoryNames.ts'
import { allWordsOf } from './builtinTokens.ts'

const mostCategories = 10
/** A word of nearly every item tells none apart. */
const commonShare = 0.6
const wordsOfDescription = 6

interface Term {
  stem: string
  written: string
  items: Set<number>
}

/**
 * Categories from words that several texts have: each is named after one word, and described by those that stand beside it most often.
 * It knows no meaning, and says the same of the same texts. Empty: no word stands in two of them.
 */
export function proposeFromWords(texts: readonly string[], hidden: readonly string[]): ProposedCategory[] {
  const terms = countTerms(texts)
  const most = Math.max(2, texts.length * commonShare)
  const never = new Set(hidden.map(foldName))
  const candidates = [...terms.values()].filter(
    ({ items, written }) =>
      items.size >= 2 && items.size <= most && written.length > 2 && !never.has(foldName(written)),
  )
  const uncovered = new Set(texts.keys())
  const chosen: Term[] = []
  while (chosen.length < mostCategories) {
    const next = bestTerm(candidates, chosen, uncovered)
    if (next === null) break
    chosen.push(next)
    for (const item of next.items) uncovered.delete(item)
  }
  return chosen
    .map((term) => ({
      name: `${term.written.slice(0, 1).toUpperCase()}${term.written.slice(1)}`,
      description: [term, ...companionsOf(term, candidates, chosen)].map(({ written }) => written).join(', '),
      items: term.items.size,
    }))
    .sort((one, other) => other.items - one.items)
}

function countTerms(texts: readonly string[]): Map<string, Term> {
  const terms = new Map<string, Term>()
  for (const [index, text] of texts.entries()) {
    for (const { stem, written } of allWordsOf(text)) {
      const term = terms.get(stem) ?? { stem, written, items: new Set() }
      // The shortest form of a word is most often the plain one.
      if (written.length < term.written.length) term.written = written
      term.items.add(index)
      terms.set(stem, term)
    }
  }
  return terms
}

/** The one that stands in most texts that no other stands in; null: there is none in two of them. */
function bestTerm(candidates: readonly Term[], chosen: readonly Term[], uncovered: ReadonlySet<number>): Term | null {
  let best: { term: Term; gain: number } | null = null
  const slugs = new Set(chosen.map(({ written }) => slugOf(written)))
  for (const term of candidates) {
    if (slugs.has(slugOf(term.written))) continue
    const gain = [...term.items].filter((item) => uncovered.has(item)).length
    if (gain >= 2 && (best === null || gain > best.gain)) best = { term, gain }
  }
  return best?.term ?? null
}

/** The words that stand beside it more often than elsewhere. */
function companionsOf(term: Term, candidates: readonly Term[], chosen: readonly Term[]): Term[] {
  return candidates
    .filter((other) => !chosen.includes(other))
    .map((other) => ({ other, shared: [...other.items].filter((item) => term.items.has(item)).length }))
    .filter(({ other, shared }) => shared >= 2 && shared / other.items.size >= 0.5)
    .sort((one, two) => two.shared - one.shared || (one.other.stem < two.other.stem ? -1 : 1))
    .slice(0, wordsOfDescription - 1)
    .map(({ other }) => other)
}
