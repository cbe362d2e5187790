import * as l10n from '@vscode/l10n'
import { useEffect, useState } from 'preact/hooks'
import type { ProfileCategory, ReadyMadeProfile } from '../../protocol/profile.ts'
import type { Problem, Reason } from '../../protocol/reasons.ts'
import { usePage } from '../state/pageContext.ts'
import { Dropdown, TextArea } from '../toolkit.tsx'
import { listText } from './categoryListText.ts'
import { describeProblem, plural } from './language.ts'
import { ReasonNotice } from './notice.tsx'

/** A list of categories as it is typed. A type and not an interface: it is stored as JSON. */
export type ListDraft = {
  text: string
  /** The name of the ready-made list that it began with, whose weights count; empty: none. */
  readyMade: string
}
export const emptyList: ListDraft = { text: '', readyMade: '' }

/** What a typed list says. `problems`: each with its line. */
export type WrittenList =
  | { kind: 'empty' }
  | { kind: 'reading' }
  | { kind: 'there'; categories: readonly ProfileCategory[] }
  | { kind: 'wrong'; problems: readonly Problem[] }
  | { kind: 'failed'; reason: Reason }

/** People type faster than it is worth reading. */
const pauseMs = 200

/** Reads a typed list as the server would, a moment after the last key. */
export function useWrittenList(draft: ListDraft, readyMade: readonly ReadyMadeProfile[]): WrittenList {
  const { host } = usePage()
  const [list, setList] = useState<WrittenList>({ kind: 'empty' })
  const { text } = draft
  const template = readyMade.find(({ name }) => name === draft.readyMade)?.profile.categories
  useEffect(() => {
    if (text.trim() === '') return setList({ kind: 'empty' })
    setList({ kind: 'reading' })
    const ending = new AbortController()
    const read = async () => {
      const checked = await host.request('profile/check', { text }, ending.signal)
      if (ending.signal.aborted) return
      if (checked.ok)
        return setList({ kind: 'there', categories: withWeights(checked.value.profile.categories, template ?? []) })
      const { reason } = checked
      setList(
        reason.code === 'profile_invalid' ? { kind: 'wrong', problems: reason.problems } : { kind: 'failed', reason },
      )
    }
    const timer = setTimeout(() => void read(), pauseMs)
    return () => {
      clearTimeout(timer)
      ending.abort()
    }
  }, [host, text, template])
  return list
}

/** A typed list says no weights: those of the ready-made list count for the names that stayed. */
function withWeights(
  categories: readonly ProfileCategory[],
  template: readonly ProfileCategory[],
): readonly ProfileCategory[] {
  const weights = new Map(
    template.flatMap((root) => [root, ...(root.children ?? [])]).map((each) => [each.name, each.weight]),
  )
  const weigh = <Leaf extends Omit<ProfileCategory, 'children'>>(leaf: Leaf): Leaf => {
    const weight = leaf.weight ?? weights.get(leaf.name)
    return weight === undefined ? leaf : { ...leaf, weight }
  }
  return categories.map((root) => {
    const { children, ...own } = root
    return { ...weigh(own), ...(children ? { children: children.map(weigh) } : {}) }
  })
}

export interface CategoryListEditorProps {
  id: string
  draft: ListDraft
  list: WrittenList
  readyMade: readonly ReadyMadeProfile[]
  onChange(draft: ListDraft): void
}

/** A list of categories to type, paste or begin with a ready-made one; below it, what it says or what is wrong with it. */
export function CategoryListEditor({ id, draft, list, readyMade, onChange }: CategoryListEditorProps) {
  const begin = (name: string) => {
    const chosen = readyMade.find((each) => each.name === name)
    onChange(chosen ? { text: listText(chosen.profile.categories), readyMade: name } : emptyList)
  }
  const chosen = readyMade.find(({ name }) => name === draft.readyMade)
  return (
    <div class="category-list">
      <Dropdown
        id={`${id}-ready-made`}
        label={l10n.t('Start with')}
        value={draft.readyMade}
        options={[
          { value: '', label: l10n.t('An empty list') },
          ...readyMade.map(({ name, title }) => ({ value: name, label: title })),
        ]}
        onInput={begin}
        describedBy={[`${id}-about`]}
      />
      <p class="field-hint" id={`${id}-about`}>
        {chosen?.description ?? l10n.t('Type or paste your own list, or start with a ready-made one and change it.')}
      </p>
      <TextArea
        id={`${id}-text`}
        label={l10n.t('Categories, one per line')}
        value={draft.text}
        onInput={(text) => onChange({ ...draft, text })}
        rows={12}
        isInvalid={list.kind === 'wrong'}
        describedBy={[`${id}-state`, `${id}-hint`]}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t(
          'In any language. Indent a line to put it under the category above. A description follows a colon, such as "Bug: it crashes or hangs".',
        )}
      </p>
      <div id={`${id}-state`} aria-live="polite">
        <ListState list={list} />
      </div>
    </div>
  )
}

function ListState({ list }: { list: WrittenList }) {
  switch (list.kind) {
    case 'empty':
    case 'reading':
      return null
    case 'failed':
      return <ReasonNotice reason={list.reason} />
    case 'wrong':
      return (
        <ul class="list-problems">
          {list.problems.map((problem) => (
            <li key={`${problem.line} ${problem.path} ${problem.message}`}>
              {problem.line === undefined
                ? describeProblem(problem)
                : l10n.t('Line {0}: {1}', problem.line, describeProblem(problem))}
            </li>
          ))}
        </ul>
      )
    case 'there':
      return <p class="facts">{describeSize(list.categories)}</p>
    default:
      return list satisfies never
  }
}

function describeSize(categories: readonly ProfileCategory[]): string {
  const below = categories.reduce((sum, { children = [] }) => sum + children.length, 0)
  const all = plural(categories.length + below, '{0} category', '{0} categories')
  return below === 0 ? all : l10n.t('{0}, {1} of them subcategories', all, below)
}
