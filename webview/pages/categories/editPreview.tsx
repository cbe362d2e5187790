import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { Category, CategoryEdit, CategoryEditDescription } from '../../../protocol/profile.ts'
import { formatNumber } from '../../parts/language.ts'
import { weightName } from '../../parts/weightName.ts'
import type { Answer } from '../../state/answer.ts'
import { usePage } from '../../state/pageContext.ts'

/** What an edit is refused by, where one of them has changed meanwhile. */
export function seen(categories: readonly Category[]): Pick<Category, 'slug' | 'updatedAt'>[] {
  return categories.map(({ slug, updatedAt }) => ({ slug, updatedAt }))
}

/** What an edit would do to the list as it is shown; read again with every change of either. `empty`: there is no edit. */
export function useEditDescription(
  edit: CategoryEdit | null,
  categories: readonly Category[],
): Answer<CategoryEditDescription> | { kind: 'empty' } {
  const { host } = usePage()
  const [described, setDescribed] = useState<Answer<CategoryEditDescription> | { kind: 'empty' }>({ kind: 'empty' })
  const key = JSON.stringify([edit, seen(categories)])
  useEffect(() => {
    if (edit === null) return setDescribed({ kind: 'empty' })
    setDescribed({ kind: 'reading' })
    const ending = new AbortController()
    void host.request('category/describeEdit', { edit, ifCurrent: seen(categories) }, ending.signal).then((answer) => {
      if (ending.signal.aborted) return
      setDescribed(answer.ok ? { kind: 'there', value: answer.value } : { kind: 'failed', reason: answer.reason })
    })
    return () => ending.abort()
  }, [host, key])
  return described
}

/** Names of more than these are counted. */
const mostNames = 24

export function EditPreview({ description }: { description: CategoryEditDescription }) {
  const sentences = describeEdit(description)
  return sentences.length === 0 ? (
    <p>{l10n.t('Nothing: the list already has all of these.')}</p>
  ) : (
    <ul>
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  )
}

function describeEdit({ added, removed, moves, weights, offers }: CategoryEditDescription): string[] {
  const gone = removed.filter(({ approved }) => approved)
  const suggestions = removed.filter(({ approved }) => !approved)
  const sentence = (words: string, named: readonly { name: string }[]) => (named.length > 0 ? [words] : [])
  const changes = [
    ...sentence(l10n.t('Added ({0}): {1}.', formatNumber(added.length), namesOf(added)), added),
    ...sentence(l10n.t('Removed ({0}): {1}.', formatNumber(gone.length), namesOf(gone)), gone),
    ...sentence(l10n.t('Suggestions dropped: {0}.', namesOf(suggestions)), suggestions),
    ...moves.map(({ name, parent }) =>
      parent === null ? l10n.t('{0} moves to the top level.', name) : l10n.t('{0} moves under {1}.', name, parent),
    ),
    ...weights.map(({ name, before, after }) =>
      l10n.t('{0}: weight {1} instead of {2}.', name, weightName(after), weightName(before)),
    ),
    ...offers.map(({ name, isOffered }) =>
      isOffered ? l10n.t('{0} is offered to models again.', name) : l10n.t('{0} is no longer offered to models.', name),
    ),
  ]
  if (changes.length === 0) return changes
  return [
    ...changes,
    l10n.t('Existing results keep their categories and scores. The next run asks about all items again.'),
  ]
}

export function namesOf(named: readonly { name: string }[]): string {
  const names = named.slice(0, mostNames).map(({ name }) => name)
  return named.length > names.length
    ? l10n.t('{0} and {1} more', names.join(', '), named.length - names.length)
    : names.join(', ')
}
