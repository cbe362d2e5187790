import { type GoodRow, madeRow } from './row.ts'

/** One entry of a feed, whatever its kind. */
export interface FeedEntry {
  id: string | undefined
  title: string | undefined
  /** The whole text where the feed has it, often HTML. */
  content: string | undefined
  summary: string | undefined
  url: string | undefined
  author: string | undefined
  categories: readonly string[]
  published: string | undefined
}

const own = { text: ['title', 'content'], id: ['id', 'url'] }

/** A feed that has no content has a summary instead; name both fields to get both. */
export function feedRow(line: number, entry: FeedEntry): GoodRow {
  const { content, summary, author, categories } = entry
  return madeRow(
    line,
    {
      ...entry,
      content: content ?? summary,
      summary,
      author: author || undefined,
      categories: categories.length > 0 ? categories.join(', ') : undefined,
    },
    own,
  )
}
