import { commands, l10n, Selection, window, workspace } from 'vscode'
import type { Params } from '../../protocol/contract.ts'
import type { CriteriaValues, CriterionValue } from '../../protocol/criteria.ts'
import type { DocumentItem } from '../../protocol/documents.ts'
import type { Api } from '../connection/api.ts'
import { onOneLine } from '../describe/plainText.ts'
import type { Notifier } from '../forms/notifier.ts'
import { type Choice, pick } from '../forms/pick.ts'
import { mayCorrect } from './middleware.ts'
import { type FoundItem, findItem, type RecordPlace } from './recordPlace.ts'

const mostCategories = 4

/** Keeps what a person says of the record's categories; without a place, of the record at the cursor. */
export async function correctCategory(api: Api, place: RecordPlace | null, notifier: Notifier): Promise<void> {
  const found = await findCorrectable(api, place, notifier)
  if (!found) return
  const categories = await askCategories(found.item)
  if (categories) await save(api, found, { categories }, notifier)
}

/** The same of what the score is made of: the profile's own criteria, or interest and quality. */
export async function correctScore(api: Api, place: RecordPlace | null, notifier: Notifier): Promise<void> {
  const found = await findCorrectable(api, place, notifier)
  if (!found) return
  const { result, label, criteria } = found.item
  if (criteria) {
    const said = await askCriteria(criteria, result, label)
    if (said) await save(api, found, { criteria: said }, notifier)
    return
  }
  const interest = await askPoints(l10n.t('Correct the score: interest'), l10n.t('How much does it concern you?'), {
    model: result.interest,
    person: label?.interest ?? null,
  })
  if (interest === undefined) return
  const quality = await askPoints(l10n.t('Correct the score: quality'), l10n.t('How well is it written?'), {
    model: result.quality,
    person: label?.quality ?? null,
  })
  if (quality !== undefined) await save(api, found, { interest, quality }, notifier)
}

export async function removeCorrection(api: Api, place: RecordPlace | null, notifier: Notifier): Promise<void> {
  const found = await findCorrectable(api, place, notifier)
  const folder = found && workspace.getWorkspaceFolder(found.uri)
  if (!found || !folder) return
  if (!found.item.label) return void window.showInformationMessage(l10n.t('Nobody has corrected this.'))
  const { inputHash } = found.item.label
  const removed = await api.request('label/remove', { workspaceFolder: folder.uri.fsPath, inputHash })
  if (!removed.ok) await notifier.showFailure(removed.reason)
}

/** The hover of the record, which has its receipts. */
export async function whyThisModel(api: Api, place: RecordPlace | null, notifier: Notifier): Promise<void> {
  const found = await findItem(api, place, notifier)
  if (!found) return
  const editor = await window.showTextDocument(await workspace.openTextDocument(found.uri))
  const { line, character } = found.item
  editor.selection = new Selection(line, character, line, character)
  editor.revealRange(editor.selection)
  await commands.executeCommand('editor.action.showHover', { focus: 'autoFocusImmediately' })
}

async function findCorrectable(api: Api, place: RecordPlace | null, notifier: Notifier): Promise<FoundItem | null> {
  const found = await findItem(api, place, notifier)
  if (!found) return null
  if (!mayCorrect(found.uri)) {
    const why = l10n.t('Corrections are kept in the folder that is open, and only if you trust it.')
    void window.showInformationMessage(why)
    return null
  }
  if (!found.item.isChanged) return found
  const why = l10n.t('This text has changed since it was judged. Run it again, then correct the result.')
  void window.showInformationMessage(why)
  return null
}

/** Those that were chosen before stay in their order, the best first. Empty: nothing fits; undefined: the person left. */
async function askCategories({ result, label, categories }: DocumentItem): Promise<string[] | undefined> {
  const before = label?.categories ?? result.categories ?? []
  let picked: readonly string[] = before
  for (let problem = ''; ; ) {
    const chosen = await window.showQuickPick(
      categories.map(({ name, parent }) => ({
        label: onOneLine(name),
        description: parent === null ? '' : onOneLine(parent),
        picked: picked.includes(name),
        name,
      })),
      {
        title: l10n.t('Correct the category of {0}', onOneLine(result.id)),
        placeHolder: problem || l10n.t('Up to four, or none if no category fits'),
        canPickMany: true,
        matchOnDescription: true,
      },
    )
    if (!chosen) return undefined
    picked = chosen.map(({ name }) => name)
    if (picked.length <= mostCategories) break
    problem = l10n.t('{0} are too many: at most four', picked.length)
  }
  return [...before.filter((name) => picked.includes(name)), ...picked.filter((name) => !before.includes(name))]
}

/** Null: nothing is said of it, so that the model's word stands; undefined: the person left. */
function askPoints(
  title: string,
  placeHolder: string,
  { model, person }: { model: number | null; person: number | null },
): Promise<number | null | undefined> {
  const leave = model === null ? l10n.t('Not said') : l10n.t('As the model said: {0}', model)
  const choices: Choice<number | null>[] = Array.from({ length: 11 }, (_, points) => ({
    label: `${points}`,
    description: points === person ? l10n.t('corrected before') : points === model ? l10n.t('what the model said') : '',
    value: points,
  }))
  return pick(title, placeHolder, [{ label: leave, value: null }, ...choices.toReversed()])
}

type Criteria = NonNullable<DocumentItem['criteria']>

/** One after the other; null for one leaves it to the model. Undefined: the person left. */
async function askCriteria(
  criteria: Criteria,
  result: DocumentItem['result'],
  label: DocumentItem['label'],
): Promise<Record<string, CriterionValue | null> | undefined> {
  const said: Record<string, CriterionValue | null> = {}
  for (const { name, question, values } of criteria) {
    const [model, person] = [ownValue(result.criteria, name), ownValue(label?.criteria, name)]
    const leave = model === undefined ? l10n.t('Not said') : l10n.t('As the model said: {0}', wordsOf(model))
    const choices: Choice<CriterionValue | null>[] = values.map((value) => ({
      label: wordsOf(value),
      description: value === person ? l10n.t('corrected before') : value === model ? l10n.t('what the model said') : '',
      value,
    }))
    const title = l10n.t('Correct the score: {0}', onOneLine(name))
    const chosen = await pick(title, onOneLine(question), [{ label: leave, value: null }, ...choices])
    if (chosen === undefined) return undefined
    said[name] = chosen
  }
  return said
}

function ownValue(values: CriteriaValues | null | undefined, name: string): CriterionValue | undefined {
  return values && Object.hasOwn(values, name) ? values[name] : undefined
}

function wordsOf(value: CriterionValue): string {
  return typeof value === 'boolean' ? (value ? l10n.t('yes') : l10n.t('no')) : onOneLine(String(value))
}

async function save(
  api: Api,
  { uri, item }: FoundItem,
  said: Pick<Params<'label/save'>['label'], 'categories' | 'interest' | 'quality' | 'criteria'>,
  notifier: Notifier,
): Promise<void> {
  const folder = workspace.getWorkspaceFolder(uri)
  if (!folder) return
  const { result, runId } = item
  const label = {
    id: result.id,
    inputHash: result.inputHash,
    runId,
    source: workspace.asRelativePath(uri, false),
    ...said,
  }
  const saved = await api.request('label/save', { workspaceFolder: folder.uri.fsPath, label })
  if (!saved.ok) await notifier.showFailure(saved.reason)
}
