import type { PageId } from '../../protocol/page.ts'
import type { ResultsPlace } from '../../protocol/resultsPage.ts'
import type { SetupPlace } from '../../protocol/setupPage.ts'
import type { ThreadsPlace } from '../../protocol/threadsPage.ts'

/** What commands may open. `target`: the thing on the page, as `Place` of the contract spells it. */
export interface Panels {
  openSettings(page?: PageId, target?: string): void
  openResults(place: ResultsPlace): void
  /** The page that asks what things are, and by what they are judged. */
  openSetup(place: SetupPlace): void
  /** The conversations; null: where the page was. */
  openConversations(place: ThreadsPlace | null): void
}
