import * as z from 'zod'
import { requests } from './contract.ts'
import { AliasName, ModelId, ProviderId, Task } from './names.ts'
import { command, type PanelTalk, panelTalk } from './page.ts'
import { Profile } from './profile.ts'
import { Reason } from './reasons.ts'
import { Lane, RunRequest } from './runs.ts'
import { SourceSettings } from './sources.ts'

// What the page "What are these?" and the editor may say to each other. The editor holds source, tasks and folder: the page names no file
// and no folder, but the question that it was opened for.

/** The question that the page is opened for, as the editor knows it. */
export const SetupPlace = z.object({ id: z.uuid() })
export type SetupPlace = z.infer<typeof SetupPlace>

/** What is judged, and where what is said of it would be kept. */
export const SetupFacts = z.object({
  /** For people. Null: nothing; only what things are judged by is changed. */
  source: z.string().nullable(),
  /** How many files and folders were named; 0 for a text. */
  paths: z.int().nonnegative(),
  tasks: z.array(Task),
  /** The profile file of the trusted folder, whether it is there or not. Null: no folder is open, or it is not trusted. */
  profileFile: z.string().nullable(),
})
export type SetupFacts = z.infer<typeof SetupFacts>

/** A provider and one of its models, null: its default, for both tasks; `alias`: the name that it is chosen by. */
export const SetupModel = z.strictObject({
  provider: ProviderId,
  model: ModelId.nullable(),
  alias: AliasName.optional(),
})
export type SetupModel = z.infer<typeof SetupModel>

const ofQuestion = { id: z.uuid() }
const ofSource = {
  ...ofQuestion,
  /** How the source is read; only what was said. */
  reading: SourceSettings.default({}),
  /** Instead of the routes. */
  model: SetupModel.nullable().default(null),
  /** How calls are paid and sent. Absent: as settings and server say. */
  lane: Lane.optional(),
  /** The model is asked about a part, and the rest is decided in its place. Absent: it is asked about everything. */
  cascade: RunRequest.shape.cascade,
}
const proposal = z.strictObject({ ...ofSource, by: z.enum(['model', 'words']) })

const setupRequests = {
  'profile/list': requests['profile/list'].params,
  'profile/check': requests['profile/check'].params,
  'provider/list': requests['provider/list'].params,
  'model/list': requests['model/list'].params,
  'alias/list': requests['alias/list'].params,
  'readiness/read': requests['readiness/read'].params,
} as const

const done = z.null()

/** `step`: what could not be done, in the order in which it is tried; those before it are done. */
export const SetupFailure = z.object({ step: z.enum(['model', 'keep', 'reading', 'start']), reason: Reason })
export type SetupFailure = z.infer<typeof SetupFailure>

export const SetupEnd = z.discriminatedUnion('step', [z.object({ step: z.literal('done') }), SetupFailure])
export type SetupEnd = z.infer<typeof SetupEnd>

export const setupCommands = {
  /** Null: the editor does not know the question any more. */
  read: command(z.strictObject(ofQuestion), SetupFacts.nullable()),
  /** The profile that would count now. */
  readProfile: command(z.strictObject(ofQuestion), requests['profile/read'].result),
  describe: command(z.strictObject(ofSource), requests['source/describe'].result),
  planProposal: command(proposal, requests['profile/planProposal'].result),
  propose: command(proposal, requests['profile/propose'].result),
  /** Null draft: by the profile that would count now. */
  estimate: command(
    z.strictObject({ ...ofSource, draft: Profile.nullable(), sample: z.int().min(1).max(50).optional() }),
    requests['run/estimate'].result,
  ),
  /** Keeps what was said, and starts if that is wanted; then the page is closed. */
  finish: command(
    z.strictObject({
      ...ofSource,
      profile: Profile,
      keep: z.enum(['workspace', 'stored']),
      overwrite: z.boolean(),
      start: z.boolean(),
    }),
    SetupEnd,
  ),
  /** Does what the button under a reason says. */
  actOn: command(z.strictObject({ reason: Reason }), done),
  /** Opens the page on which a provider is added. */
  connectModel: command(z.strictObject({}), done),
  restartServer: command(z.strictObject({}), done),
  showLog: command(z.strictObject({}), done),
} as const

export type SetupTalk = PanelTalk<typeof setupRequests, typeof setupCommands, SetupPlace>
export const setupTalk: SetupTalk = panelTalk(setupRequests, setupCommands, SetupPlace)
