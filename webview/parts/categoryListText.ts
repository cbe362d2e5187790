import type { Category, ProfileCategory } from '../../protocol/profile.ts'

type Entry = Pick<Category, 'name'> & { description?: string | null | undefined }

/** The list as people type it and `profile/check` reads it back: one a line, children indented, `name: description`. */
export function listText(categories: readonly ProfileCategory[]): string {
  return categories
    .flatMap((root) => [lineOf(root, ''), ...(root.children ?? []).map((child) => lineOf(child, '  '))])
    .join('\n')
}

/** The same of the stored list, without what waits for approval. */
export function storedListText(categories: readonly Category[]): string {
  const approved = categories.filter((each) => each.approved)
  const slugs = new Set(approved.map(({ slug }) => slug))
  return approved
    .filter(({ parent }) => parent === null || !slugs.has(parent))
    .flatMap((root) => [
      lineOf(root, ''),
      ...approved.filter(({ parent }) => parent === root.slug).map((child) => lineOf(child, '  ')),
    ])
    .join('\n')
}

/** The mark keeps a name such as "1. Reminder" from being read as one. */
function lineOf({ name, description }: Entry, indent: string): string {
  const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
  const written = oneLine(name)
  const needsMark = /^(?:[-*+•–]|\d{1,3}[.)]|\[[ xX]\])\s/u.test(written)
  const needsQuotes = /[:：](?:\s|$)|：/.test(written) && !written.includes('"')
  const said = description ? `: ${oneLine(description)}` : ''
  return `${indent}${needsMark ? '- ' : ''}${needsQuotes ? `"${written}"` : written}${said}`
}
