import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Task, tasks } from '../../protocol/names.ts'
import { type ChangedPrompts, type PromptPart, promptParts } from '../../protocol/prompts.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import { similarNames } from './categoryNames.ts'
import { neutralize } from './fenceText.ts'
import { placeholders } from './promptPlaceholders.ts'
import { defaultPrompts, type Prompts } from './prompts.ts'

/** A person mends a few and looks again. */
const mostProblems = 20

/** The form in which a text is kept, compared and sent. */
export function tidyPrompt(text: string): string {
  return text.replace(/\r\n?/g, '\n').trim()
}

/**
 * What keeps a changed text from being sent: a placeholder that is missing, unknown or out of place, or signs that a chat template
 * acts on. `path` is the part; lines count from 1, as an editor shows them. A missing placeholder has no line.
 */
export function checkPrompt(task: Task, part: PromptPart, text: string): Problem[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  if (text.trim() === '') return [{ path: part, ...withMessage('message', localizable('it is empty')) }]
  const places = findPlaces(lines)
  const allowed = placeholders[task][part]
  const names = allowed.map(({ name }) => name)
  return [
    ...places.filter(({ name }) => !names.includes(name)).map((place) => describeUnknown(place, names)),
    ...allowed.flatMap(({ name, isRequired, about }) => {
      const found = places.filter((place) => place.name === name)
      if (found.length === 0)
        return isRequired
          ? [withMessage('message', localizable('{0} is missing: {1}', inBraces(name), localizableText(about)))]
          : []
      return found
        .slice(1)
        .map((place) => at(place, localizable('{0} occurs again here; once is enough', inBraces(name))))
    }),
    ...checkOrder(places, lines),
    ...findSteering(lines),
  ]
    .slice(0, mostProblems)
    .map((problem) => ({ path: part, ...problem }))
}

/** The problems of all changed texts, with paths as in a profile file. */
export function findPromptProblems(changed: ChangedPrompts | undefined): Problem[] {
  return textsOf(changed).flatMap(({ task, part, text }) =>
    checkPrompt(task, part, text).map((problem) => ({ ...problem, path: `prompts.${task}.${part}` })),
  )
}

/** Every text: the changed ones, and the product's own for the rest. */
export function fillInPrompts(changed: ChangedPrompts | undefined): Prompts {
  const textOf = (task: Task, part: PromptPart): string => {
    const text = changed?.[task]?.[part]
    return text === undefined ? defaultPrompts[task][part] : tidyPrompt(text)
  }
  const partsOf = (task: Task) => ({ system: textOf(task, 'system'), user: textOf(task, 'user') })
  return { categorization: partsOf('categorization'), scoring: partsOf('scoring') }
}

/** Whether a person's own words stand in any of them: words for one task say nothing of the other, so that both are asked apart. */
export function areEdited(prompts: Prompts): boolean {
  return tasks.some((task) => promptParts.some((part) => prompts[task][part] !== defaultPrompts[task][part]))
}

interface ChangedText {
  task: Task
  part: PromptPart
  text: string
}

function textsOf(changed: ChangedPrompts | undefined): ChangedText[] {
  return tasks.flatMap((task) =>
    promptParts.flatMap((part) => {
      const text = changed?.[task]?.[part]
      return text === undefined ? [] : [{ task, part, text }]
    }),
  )
}

type PlacedProblem = Omit<Problem, 'path'>

interface Place {
  name: string
  line: number
  column: number
}

function findPlaces(lines: readonly string[]): Place[] {
  return lines.flatMap((text, index) =>
    [...text.matchAll(/\{(\w+)\}/g)].map((match) => ({
      name: match[1] ?? '',
      line: index + 1,
      column: match.index + 1,
    })),
  )
}

const inBraces = (name: string) => `{${name}}`

function at({ line, column }: Pick<Place, 'line' | 'column'>, sentence: LocalizableMessage): PlacedProblem {
  return { ...withMessage('message', sentence), line, column }
}

function describeUnknown(place: Place, names: readonly string[]): PlacedProblem {
  const [nearest] = similarNames(place.name, names, 1)
  const all = names.map(inBraces).join(', ')
  return at(
    place,
    localizable(
      'there is no {0}; the nearest is {1}, and there are {2}',
      inBraces(place.name),
      inBraces(nearest ?? ''),
      all,
    ),
  )
}

/** A model has to know what a fence is before it meets one, and a fence begins at the beginning of a line. */
function checkOrder(places: readonly Place[], lines: readonly string[]): PlacedProblem[] {
  const items = places.find(({ name }) => name === 'items')
  const rule = places.find(({ name }) => name === 'fenceRule')
  if (!items) return []
  const isAfter = rule && (rule.line > items.line || (rule.line === items.line && rule.column > items.column))
  return [
    ...(isAfter ? [at(rule, localizable('{fenceRule} has to come before {items}'))] : []),
    ...(lines[items.line - 1]?.trim() === '{items}' ? [] : [at(items, localizable('{items} needs a line of its own'))]),
  ]
}

/** A changed text is sent exactly as it is shown, so what would have to be broken up in it is refused. */
function findSteering(lines: readonly string[]): PlacedProblem[] {
  return lines.flatMap((line, index) => {
    const harmless = neutralize(line)
    if (harmless === line) return []
    const what = localizable(
      'a control character, half a character, or a sign that chat templates act on, such as <|im_start|>',
    )
    return [at({ line: index + 1, column: firstDifference(line, harmless) + 1 }, what)]
  })
}

function firstDifference(one: string, other: string): number {
  let place = 0
  while (one[place] === other[place]) place++
  return place
}
