import { randomUUID } from 'node:crypto'
import type { ParsedParams } from '../../protocol/contract.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Profile } from '../../protocol/profile.ts'
import { type Prompt, type PromptDraft, type PromptPreview, promptParts } from '../../protocol/prompts.ts'
import { fail } from '../../shared/fail.ts'
import { buildPrompt, jointPromptText, promptText } from '../domain/buildPrompt.ts'
import { areEdited, checkPrompt, fillInPrompts } from '../domain/checkPrompt.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { cutText } from '../domain/cutText.ts'
import { placeholders } from '../domain/promptPlaceholders.ts'
import { defaultPrompts } from '../domain/prompts.ts'
import type { CompiledProfile, Work } from '../domain/work.ts'
import { sha256 } from '../items/hashes.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import { withExamples } from '../labels/loadLabels.ts'
import { loadPlainText } from '../sources/plainText.ts'
import type { StoredPrompt } from '../store/promptTable.ts'
import type { Store } from '../store/store.ts'
import { loadProfile } from './loadProfile.ts'
import { changedPrompts } from './profileFromStore.ts'

/** What is shown when nobody says what to show. */
const sample =
  'Export stops at 2,000 rows\n\nSince version 3.2 every CSV export ends after 2,000 rows, without an error. Steps: open a larger table, choose Export, count the lines.'

/** The usual rule of thumb for English; other languages take more. */
const charactersPerToken = 4

/** Makes the call that a run would make for one item, and does not make it. */
export async function previewPrompt(
  { store, golden }: { store: Pick<Store, 'read'>; golden(): Promise<GoldenStore> },
  { task, item, draft = {}, together = false, ...choice }: ParsedParams<'prompt/preview'>,
): Promise<Outcome<PromptPreview>> {
  const problems = promptParts.flatMap((part) => {
    const text = draft[part]
    return text === undefined ? [] : checkPrompt(task, part, text)
  })
  if (problems.length > 0) return fail({ code: 'prompt_invalid', task, problems })
  const loaded = await withExamples(await loadProfile(store, choice), choice.workspaceFolder, golden)
  if (!loaded.ok) return loaded
  const { profile, from, examples } = loaded.value
  const compiled = compileProfile(withDraft(profile, task, draft), from.name ?? undefined, examples)
  if (!compiled.ok) return compiled
  const text = (await loadPlainText())(item?.text ?? sample)
  const isJoint = together && !areEdited(compiled.value.prompts)
  const { categorizeChars, scoreChars } = compiled.value.limits
  const cut = cutText(text, isJoint ? Math.max(categorizeChars, scoreChars) : limitOf(task, compiled.value))
  const asked = isJoint ? { task: 'categorization', withScores: true } : { task }
  const items = [{ key: 'k7q', text: cut, inputHash: sha256(text) }]
  const work = { ...asked, items, profile: compiled.value } as Work
  const { system, prompt, schema } = buildPrompt(work, randomUUID().slice(-8))
  const characters = system.length + prompt.length + JSON.stringify(schema).length
  return succeed({
    task,
    from,
    ...(isJoint ? { together: true as const } : {}),
    system,
    user: prompt,
    schema: schema as PromptPreview['schema'],
    promptHash: sha256(isJoint ? jointPromptText(compiled.value) : promptText(task, compiled.value)),
    characters,
    inputTokens: Math.ceil(characters / charactersPerToken),
    item: { characters: text.length, isCut: cut.length < text.length },
  })
}

function limitOf(task: Task, { limits }: CompiledProfile): number {
  return task === 'categorization' ? limits.categorizeChars : limits.scoreChars
}

/** What the draft does not say is as the profile has it. */
function withDraft(profile: Profile, task: Task, draft: PromptDraft): Profile {
  const { system, user, interests, anti_interests } = draft
  const { criteria, score, language, ...rest } = profile
  const texts: { system?: string | undefined; user?: string | undefined } = { ...profile.prompts?.[task] }
  if (system !== undefined) texts.system = system
  if (user !== undefined) texts.user = user
  return {
    ...rest,
    ...setIfAny('criteria', draft.criteria, criteria),
    ...setIfAny('score', draft.score, score),
    ...setIfAny('language', draft.language, language),
    interests: interests ?? profile.interests,
    anti_interests: anti_interests ?? profile.anti_interests,
    prompts: { ...profile.prompts, [task]: texts },
  }
}

/** Null takes it away; undefined leaves it as it is. */
function setIfAny<Name extends string, Value>(
  name: Name,
  said: Value | null | undefined,
  otherwise: Value | undefined,
) {
  const value = said === undefined ? otherwise : said
  return value === undefined || value === null ? {} : ({ [name]: value } as Record<Name, Value>)
}

/** Every text of both tasks, the changed ones as they are stored; `asked`: what else of the profile belongs to their hashes. */
export function promptViews(
  stored: readonly StoredPrompt[],
  asked: Pick<CompiledProfile, 'rubric' | 'language'> = {},
): Prompt[] {
  const prompts = fillInPrompts(changedPrompts(stored))
  return tasks.flatMap((task) => {
    const hash = sha256(promptText(task, { prompts, ...asked }))
    return promptParts.map((part): Prompt => {
      const changed = stored.find((each) => each.task === task && each.part === part)
      return {
        task,
        part,
        text: prompts[task][part],
        defaultText: defaultPrompts[task][part],
        isDefault: changed === undefined,
        hash,
        placeholders: [...placeholders[task][part]],
        problems: changed ? checkPrompt(task, part, changed.text) : [],
        updatedAt: changed?.updatedAt ?? null,
      }
    })
  })
}
