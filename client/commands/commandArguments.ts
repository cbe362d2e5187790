import { Uri } from 'vscode'
import * as z from 'zod'
import { ModelId, ProviderId, RunId, Task } from '../../protocol/names.ts'
import { PageId } from '../../protocol/page.ts'
import { LineRange } from '../../protocol/sources.ts'
import { StepName } from '../views/firstSteps.ts'

// A menu passes more than a command asks for: the tree its selection, the explorer all that is selected.
// What a keybinding, a link or another extension passes is checked like any other input.

export const noArguments = z.array(z.unknown())

export const stepArgument = z.tuple([StepName.nullish().catch(null)]).rest(z.unknown())

/** A page, and the thing on it as `Place` spells it. A menu passes other things, which mean no page in particular. */
export const pageArgument = z
  .tuple([PageId.nullish().catch(null), z.string().max(400).nullish().catch(null)])
  .rest(z.unknown())

export const providerArgument = z
  .tuple([z.union([ProviderId, z.object({ provider: ProviderId }).transform((node) => node.provider)]).nullish()])
  .rest(z.unknown())

/** A provider, and a field of its settings. */
export const fieldArguments = z
  .tuple([
    z.union([ProviderId, z.object({ provider: ProviderId }).transform((node) => node.provider)]).nullish(),
    z
      .string()
      .regex(/^[a-z_]{1,60}$/)
      .nullish()
      .catch(null),
  ])
  .rest(z.unknown())

export const modelArgument = z.tuple([z.object({ provider: ProviderId, model: ModelId }).nullish()]).rest(z.unknown())

export const nameArgument = z.tuple([z.union([ProviderId, z.unknown()]).nullish()]).rest(z.unknown())

const task = z.union([Task, z.object({ task: Task }).transform((node) => node.task)]).nullish()
export const taskArgument = z.tuple([task]).rest(z.unknown())

/** Task, provider, model. A row of the tree is followed by the rows that are selected. */
const selection = z.array(z.unknown()).transform(() => undefined)
export const routeArguments = z
  .tuple([task, z.union([ProviderId, selection]).nullish(), ModelId.nullish()])
  .rest(z.unknown())

/** The model that ends, or the task that uses it. */
export const replacementArgument = z
  .tuple([
    z
      .union([
        Task.transform((task) => ({ task })),
        z.object({ task: Task }),
        z.object({ provider: ProviderId, model: ModelId }),
      ])
      .nullish(),
  ])
  .rest(z.unknown())

export const runArgument = z
  .tuple([z.union([RunId, z.object({ runId: RunId }).transform((node) => node.runId)]).nullish()])
  .rest(z.unknown())

/** The record that a hint, a lens or a quick fix means; absent: the one at the cursor. */
export const recordArgument = z
  .tuple([
    z
      .object({ uri: z.string().max(8192), key: z.string().regex(/^[0-9a-f]{24}$/) })
      .nullish()
      .catch(null),
  ])
  .rest(z.unknown())

const uri = z.custom<Uri>((value) => value instanceof Uri)
export const fileArguments = z
  .tuple([uri.nullish(), z.union([z.array(uri), z.unknown().transform(() => [])]).optional()])
  .rest(z.unknown())

/** A file, or the run whose source it is. */
export const sourceArgument = z.tuple([z.union([uri, RunId]).nullish()]).rest(z.unknown())

/** Which rows of a file are judged again, as the lens above it says. */
export const changedArgument = z
  .tuple([z.object({ uri: z.string().max(8192), runId: RunId, lines: z.array(LineRange).min(1).max(1000).nullable() })])
  .rest(z.unknown())
