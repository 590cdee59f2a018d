// Whether a claim may be paid by law and by the policy's clauses: sanctions, signs of
// fraud, late notice. What is payable is the assessment's business.

import { config, log, step, t, type Static } from "@gardesh/guest";

const Claim = t.object({
  claimId: t.string(),
  amount: t.number(),
  incident: t.object({ type: t.string(), description: t.string(), daysUntilReported: t.optional(t.integer()) }),
  customer: t.object({ id: t.string(), name: t.optional(t.string()), country: t.optional(t.string()) }),
});
const Input = t.object({ claim: Claim });
const Legal = t.object({
  cleared: t.boolean(),
  findings: t.array(t.object({ clause: t.string(), severity: t.oneOf("note", "stop"), reason: t.string() })),
});
const Configuration = t.object({ sanctioned: t.optional(t.array(t.string())) });

type Claim = Static<typeof Claim>;
type Finding = Static<typeof Legal>["findings"][number];

const NOTICE_DAYS = 30;
// Words that adjusters found in claims which turned out to be invented.
const STAGED = /\b(staged|cash only|no witnesses|paid in advance)\b/i;

/** Letters only, so that spacing, case and accents do not hide a name. */
const folded = (name: string) => name.normalize("NFKD").replace(/[^\p{L}]/gu, "").toLowerCase();

function sanctions(claim: Claim, sanctioned: string[]): Finding[] {
  const name = folded(claim.customer.name ?? "");
  const listed = name !== "" && sanctioned.some((entry) => folded(entry) === name);
  return listed ? [{ clause: "sanctions", severity: "stop", reason: "the customer's name is on the sanctions list" }] : [];
}

function fraud({ incident, amount }: Claim): Finding[] {
  const findings: Finding[] = [];
  if (STAGED.test(incident.description)) {
    findings.push({ clause: "fraud", severity: "stop", reason: "the description has wording of staged incidents" });
  }
  if (amount >= 1000 && amount % 1000 === 0) {
    findings.push({ clause: "fraud", severity: "note", reason: "the amount is a round sum" });
  }
  return findings;
}

function notice({ incident }: Claim): Finding[] {
  const days = incident.daysUntilReported ?? 0;
  return days > NOTICE_DAYS ? [{ clause: "notice", severity: "note", reason: `reported after ${days} days` }] : [];
}

export const handler = step(
  {
    name: "claim-legal",
    title: "Checks sanctions and clauses",
    version: "0.1.0",
    icon: "scale",
    input: Input,
    output: t.object({ legal: Legal }),
    config: Configuration,
  },
  ({ claim }, job) => {
    const sanctioned = config("sanctioned", t.array(t.string())) ?? [];
    const findings = [...sanctions(claim, sanctioned), ...fraud(claim), ...notice(claim)];
    log("info", `claim ${claim.claimId}: ${findings.length} findings in attempt ${job.attempt}`);
    return { legal: { cleared: findings.every((finding) => finding.severity === "note"), findings } };
  },
);
