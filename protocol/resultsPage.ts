import * as z from 'zod'
import { requests } from './contract.ts'
import { LabelToSave } from './labels.ts'
import { RunId } from './names.ts'
import { command, type PanelTalk, panelTalk } from './page.ts'
import { Reason } from './reasons.ts'
import { ItemRequest, ResultExport } from './resultQueries.ts'
import { ThreadAbout } from './threads.ts'

// What the page of the results panel and the editor may say to each other: it reads results, says which revision is kept and has a
// model explain one result, and neither starts a run nor names a file.

/** What identifies a result: several may have one id, and several one text. */
export const ShownItem = z.object(ItemRequest.shape).omit({ runId: true })
export type ShownItem = z.infer<typeof ShownItem>

/** The run that the panel is to show; `view`: which side of it, absent: the one that was shown. `item`: one of its results. */
export const ResultsPlace = z.object({
  runId: RunId,
  view: z.enum(['results', 'review', 'figures', 'revisions']).optional(),
  item: ShownItem.optional(),
})
export type ResultsPlace = z.infer<typeof ResultsPlace>

/** Of a criterion it has its name. */
const column = z.string().min(1).max(100)

/** How a person has set up the columns of the table: widths in pixels (absent: as they are by themselves), and which are hidden. */
export const ResultsLayout = z.object({
  widths: z.record(column, z.int().min(40).max(1_600)),
  hidden: z.array(column).max(40),
})
export type ResultsLayout = z.infer<typeof ResultsLayout>

const resultsRequests = {
  'run/get': requests['run/get'].params,
  'run/results': requests['run/results'].params,
  'run/review': requests['run/review'].params,
  'run/summary': requests['run/summary'].params,
  'run/item': requests['run/item'].params,
  'run/itemText': requests['run/itemText'].params,
  'kb/list': requests['kb/list'].params,
  'kb/similar': requests['kb/similar'].params,
  'run/planExplanation': requests['run/planExplanation'].params,
  'run/explain': requests['run/explain'].params,
  'run/markdownFiles': requests['run/markdownFiles'].params,
  /** Of the source that a run was over, and never by a path. */
  'revision/list': requests['revision/list'].params.options[0],
  'revision/diff': requests['revision/diff'].params,
  'revision/compare': requests['revision/compare'].params,
  'revision/keep': requests['revision/keep'].params,
  'revision/undo': requests['revision/undo'].params,
} as const

const done = z.null()
const aboutRun = ThreadAbout.options[0].omit({ kind: true })
const ofRun = z.strictObject({ runId: RunId })

/** What the page may ask of the editor, which alone opens files and asks where one is to be written. */
export const resultsCommands = {
  /** Opens the source where the item stands; null: it does. Else why it does not, in a sentence. */
  openItem: command(z.strictObject(ItemRequest.shape), z.string().nullable()),
  /** Null: what a person says of this run's results can be kept; else why not, in a sentence. */
  whyNotCorrected: command(z.strictObject(ItemRequest.shape), z.string().nullable()),
  /** Keeps what a person says, in the folder that the run was started in. Null: kept; else why not. */
  saveCorrection: command(
    z.strictObject({
      ...ItemRequest.shape,
      ...LabelToSave.pick({ categories: true, interest: true, quality: true }).required().shape,
      criteria: LabelToSave.shape.criteria,
    }),
    z.string().nullable(),
  ),
  /** Takes back all that a person said of it. */
  removeCorrection: command(z.strictObject(ItemRequest.shape), z.string().nullable()),
  /** Asks where, writes what the query finds and opens it. Null: written, or the person left; else why it is not. */
  exportResults: command(z.strictObject(ResultExport.omit({ path: true }).shape), z.string().nullable()),
  /** Begins a conversation about results and opens it. Null: it is open; else why not, in a sentence. */
  askAbout: command(z.strictObject(aboutRun.shape), z.string().nullable()),
  /** What helps against what a run's hint says. */
  actOnHint: command(
    z.strictObject({ runId: RunId, action: z.enum(['connectModel', 'editCategories', 'chooseModel']) }),
    done,
  ),
  /** Opens the page on which it is said by what the source of the run is judged. */
  changeCategories: command(ofRun, done),
  /** Asks for a name, and makes a local model of what the run has found. */
  learnModel: command(ofRun, done),
  openResultsFile: command(ofRun, done),
  /** What `keepLayout` has kept for the workspace; null: nothing. */
  readLayout: command(z.strictObject({}), ResultsLayout.nullable()),
  keepLayout: command(z.strictObject(ResultsLayout.shape), done),
  /** Writes the run's results file again, where it was. Null: it is there; else why it is not, in a sentence. */
  writeResultsFile: command(ofRun, z.string().nullable()),
  showFrontMatter: command(ofRun, done),
  /**
   * Makes a knowledge base of the run's items, or goes on with it, with the default embedding model; what that sends and costs is asked
   * first. Null: it is built, or the person left; else why it is not, in a sentence.
   */
  buildSimilar: command(ofRun, z.string().nullable()),
  pauseRun: command(ofRun, done),
  cancelRun: command(ofRun, done),
  resumeRun: command(ofRun, done),
  /** Asks first. */
  removeRun: command(ofRun, done),
  /** Does what the button under a reason says. */
  actOn: command(z.strictObject({ reason: Reason }), done),
  restartServer: command(z.strictObject({}), done),
  showLog: command(z.strictObject({}), done),
} as const

export type ResultsTalk = PanelTalk<typeof resultsRequests, typeof resultsCommands, ResultsPlace>
export const resultsTalk: ResultsTalk = panelTalk(resultsRequests, resultsCommands, ResultsPlace)
