import * as l10n from '@vscode/l10n'
import type { ComponentChildren } from 'preact'
import type { PageResult } from '../../protocol/page.ts'
import type { Profile, ProfileCategory, ReadyMadeProfile } from '../../protocol/profile.ts'
import type { SetupFacts } from '../../protocol/setupPage.ts'
import { FieldProblem } from '../form/field.tsx'
import { translated } from '../parts/language.ts'
import { Button, TextArea } from '../toolkit.tsx'
import { ListProblems } from './listProblems.tsx'
import { ProposalSection } from './proposalSection.tsx'
import { lists, profileOfList, readyList, textOfList } from './setupDraft.ts'
import type { Editing } from './useDraft.ts'

type Current = Extract<PageResult<'profile/read'>, { ok: true }>['value']

export interface CategoriesChoiceProps extends Editing {
  id: string
  questionId: string
  facts: SetupFacts
  ready: readonly ReadyMadeProfile[]
  current: Current
  /** What is wrong with the choice; null: nothing to show yet. */
  problem: string | null
  /** Of a list that was written, each with its line. */
  problems: readonly string[]
}

/** Which list: one that is ready, one's own, or one proposed from the items. What is chosen is shown whole, and can be edited. */
export function CategoriesChoice(props: CategoriesChoiceProps) {
  const { id, draft, change, facts, ready, current, problem, problems } = props
  const edit = () => {
    const profile = profileOfList(draft.list, ready, current.profile)
    if (!profile) return
    change({ list: lists.own, ownText: textOfList(profile.categories), ownFrom: draft.list })
    requestAnimationFrame(() => document.getElementById(`${id}-own`)?.focus())
  }
  const choice = (list: string, title: string, about: string, children: ComponentChildren) => (
    <Choice
      key={list}
      id={`${id}-${list}`}
      group={id}
      title={title}
      about={about}
      isChosen={draft.list === list}
      onChoose={() => change({ list })}
    >
      {children}
    </Choice>
  )
  const standing = (title: string, { categories }: Profile) => (
    <Listed title={title} categories={categories} onEdit={edit} />
  )
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{l10n.t('Which categories?')}</h2>
      <fieldset id={id} class="setup-lists">
        <legend class="unseen">{l10n.t('Which categories?')}</legend>
        {current.isChosen
          ? choice(
              lists.current,
              l10n.t('Current categories'),
              namesOf(current.profile),
              standing(l10n.t('Current categories'), current.profile),
            )
          : null}
        {ready.map(({ name, title, description, profile }) =>
          choice(readyList(name), translated(title), translated(description), standing(translated(title), profile)),
        )}
        {choice(
          lists.own,
          l10n.t('A list of your own'),
          l10n.t('Typed or pasted, one category a line.'),
          <OwnList id={`${id}-own`} draft={draft} change={change} problems={problems} />,
        )}
        {facts.source === null
          ? null
          : choice(
              lists.proposed,
              l10n.t('Proposed from the items'),
              l10n.t('A model reads a sample of them and proposes categories; you edit them here.'),
              <ProposalSection {...{ id: `${id}-proposal`, questionId: props.questionId, draft, change, problems }} />,
            )}
      </fieldset>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </section>
  )
}

interface ChoiceProps {
  id: string
  /** Id of all choices together. */
  group: string
  title: string
  about: string
  isChosen: boolean
  onChoose(): void
  /** Shown once it is chosen. */
  children: ComponentChildren
}

function Choice({ id, group, title, about, isChosen, onChoose, children }: ChoiceProps) {
  return (
    <div class="setup-choice">
      <input
        type="radio"
        id={id}
        name={`${group}-list`}
        checked={isChosen}
        aria-describedby={`${id}-about ${group}-problem`}
        onChange={onChoose}
      />
      <div>
        <label for={id}>{title}</label>
        <p class="facts" id={`${id}-about`}>
          {about}
        </p>
        {isChosen ? children : null}
      </div>
    </div>
  )
}

const mostNames = 8

function namesOf({ categories }: Profile): string {
  const names = categories.slice(0, mostNames).map(({ name }) => name)
  return categories.length > mostNames ? l10n.t('{0} …', names.join(', ')) : names.join(', ')
}

function Listed({ title, categories, onEdit }: ListedProps) {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by key. */}
      <section class="setup-categories" tabIndex={0} aria-label={l10n.t('Categories of {0}', title)}>
        <ul>
          {categories
            .filter(({ hidden }) => !hidden)
            .map(({ name, description, children = [] }) => (
              <li key={name}>
                <strong>{name}</strong> <span class="facts">{description}</span>
                {children.length > 0 ? (
                  <ul>
                    {children.map((child) => (
                      <li key={child.name}>
                        {child.name} <span class="facts">{child.description}</span>
                      </li>
                    ))}
                  </ul>
                ) : null}
              </li>
            ))}
        </ul>
      </section>
      <Button onClick={onEdit}>{l10n.t('Edit this list')}</Button>
    </>
  )
}

interface ListedProps {
  title: string
  categories: readonly ProfileCategory[]
  onEdit(): void
}

const mostCharacters = 200_000

function OwnList({ id, draft, change, problems }: Editing & { id: string; problems: readonly string[] }) {
  return (
    <div class="field">
      <TextArea
        id={id}
        label={l10n.t('Categories, one a line')}
        rows={10}
        value={draft.ownText}
        onInput={(ownText) => change({ ownText })}
        mostCharacters={mostCharacters}
        describedBy={[`${id}-problems`, `${id}-hint`]}
        isInvalid={problems.length > 0}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t('"Name" or "Name: description". Indent a line to put it below the one above.')}
      </p>
      <ListProblems id={`${id}-problems`} problems={problems} />
    </div>
  )
}
