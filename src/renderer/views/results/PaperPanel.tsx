/** @file What the paper prints, apart from our own numbers: other data, other scale. */

import type { EvaluationFacts } from '../../../preload/contract.ts';
import { Panel } from '../../components/Panel.tsx';
import { percentText, suiteTables } from '../../state/results.ts';

export function PaperPanel({ facts }: { facts: EvaluationFacts }) {
  return (
    <Panel title="Beside the paper">
      <div className="paper" tabIndex={0} role="region" aria-label="The paper’s numbers">
        {suiteTables(facts).map(({ title, own, paper }) => (
          <section key={title} aria-label={title}>
            <h3>{title}</h3>
            <table>
              <tbody>
                {own.length === 0 ? (
                  <tr>
                    <td colSpan={2} className="muted">
                      None of its sets was evaluated here.
                    </td>
                  </tr>
                ) : (
                  own.map(({ model, average, note }) => (
                    <tr key={model}>
                      <th scope="row">
                        {model} <span className="muted">{note}</span>
                      </th>
                      <td className="number">
                        <strong>{percentText(average)}</strong>
                      </td>
                    </tr>
                  ))
                )}
              </tbody>
              <tbody className="paper-rows">
                {paper.map(({ model, average }) => (
                  <tr key={model}>
                    <th scope="row">{model}</th>
                    <td className="number">{percentText(average)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        ))}
        <p className="muted">
          Rows in grey are printed in Yang et al., CLIP-CID (AAAI 2025), for students trained on LAION. They were not
          measured here, and compare only with an average over all sets of a suite.
        </p>
      </div>
    </Panel>
  );
}
