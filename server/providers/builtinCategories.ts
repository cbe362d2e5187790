import MiniSearch, { type SearchResult } from 'minisearch'
import type { CategoryVerdict, CompiledCategory, CompiledProfile } from '../domain/work.ts'
import { stemsOf, type WordUse, wordsOf } from './builtinTokens.ts'

/** A document of the index: one category. Words of its parent only break ties between children. */
interface CategoryText {
  id: number
  name: string
  description: string
  parent: string
}

const fields = ['name', 'description', 'parent'] as const

/** What the words found for a category weigh, apart from how rare they are; see `evidenceOf`. */
const enoughEvidence = 2
/** A category is chosen beside the best one when its score comes this near. */
const nearTheBest = 0.6
const mostCategories = 4
/** Words are weak evidence: they do not know what a sentence says. */
const highestConfidence = 0.8

export interface CategoryIndex {
  judge(text: string): CategoryVerdict
}

/** Ranks the categories for a text by BM25+ over their names and descriptions. */
export function indexCategories(profile: CompiledProfile): CategoryIndex {
  const { offered } = profile
  const known = new Set<string>()
  const index = new MiniSearch<CategoryText>({
    fields: [...fields],
    tokenize: stemsOf,
    processTerm: (stem) => stem,
    searchOptions: { boost: { name: 3, description: 1, parent: 0.2 }, processTerm: (stem) => stem },
  })
  index.addAll(offered.map((category, id) => categoryText(category, id, offered)))
  const nameSizes = offered.map((category) => Math.max(1, new Set(stemsOf(category.name)).size))
  for (const { name, description } of offered)
    for (const stem of stemsOf(`${name} ${description ?? ''}`)) known.add(stem)

  function search(words: readonly WordUse[]): SearchResult[] {
    const boosts = new Map(words.map((word) => [word.stem, (word.isInTitle ? 2 : 1) * (1 + Math.log(word.count))]))
    const found = index.search('words', {
      tokenize: () => words.map((word) => word.stem),
      boostTerm: (stem) => boosts.get(stem) ?? 1,
    })
    return found
  }

  return {
    judge(text) {
      const words = wordsOf(text, known)
      if (words.length === 0) return nothingFits
      const titleStems = new Set(words.filter((word) => word.isInTitle).map((word) => word.stem))
      const ranked = search(words)
        .map((result) => ({
          category: offered[result.id] as CompiledCategory,
          score: result.score,
          evidence: evidenceOf(result, nameSizes[result.id] ?? 1, titleStems),
        }))
        .filter(({ evidence }) => evidence >= enoughEvidence)
      return choose(ranked)
    },
  }
}

function categoryText(category: CompiledCategory, id: number, offered: readonly CompiledCategory[]): CategoryText {
  const parent = offered.find((candidate) => candidate.parent === null && candidate.name === category.parent)
  return {
    id,
    name: category.name,
    description: category.description ?? '',
    parent: parent ? `${parent.name} ${parent.description ?? ''}` : '',
  }
}

/**
 * A whole name counts 2 and a word of the description 1, twice that in the title. So a category needs its name,
 * two different words of its description, or one in the title. What matches the parent alone counts nothing.
 */
function evidenceOf(result: SearchResult, nameSize: number, titleStems: ReadonlySet<string>): number {
  let evidence = 0
  for (const [stem, where] of Object.entries(result.match)) {
    const weight = where.includes('name') ? 2 / nameSize : where.includes('description') ? 1 : 0
    evidence += titleStems.has(stem) ? 2 * weight : weight
  }
  return evidence
}

interface Ranked {
  category: CompiledCategory
  score: number
  evidence: number
}

function choose(ranked: readonly Ranked[]): CategoryVerdict {
  const best = ranked[0]
  if (!best) return nothingFits
  const near = ranked.filter(({ score }) => score >= nearTheBest * best.score).slice(0, mostCategories)
  // A child says all that its parent says, and more.
  const parents = new Set(near.map(({ category }) => category.parent))
  const chosen = near.filter(({ category }) => !parents.has(category.name))
  const rival = ranked.find((candidate) => !near.includes(candidate))
  return {
    categories: chosen.map(({ category }) => category.name),
    confidence: confidenceOf(best, rival?.score ?? 0),
    suggested: { names: [], parent: null },
  }
}

/** Grows with the evidence, and shrinks with how near the best category that was not chosen came. */
function confidenceOf(best: Ranked, rivalScore: number): number {
  const strength = 1 - 0.7 ** best.evidence
  const lead = 1 - rivalScore / (2 * best.score)
  return Math.round(100 * Math.min(highestConfidence, strength * lead)) / 100
}

/** No word of the text is a word of the tree: that is no knowledge, hence no confidence. */
const nothingFits: CategoryVerdict = { categories: [], confidence: 0, suggested: { names: [], parent: null } }
