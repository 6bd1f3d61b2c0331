-- Indexes that figures and lists of a million packages need (bench/run preservation).

-- What is blocked, found from its end: few rows of many.
create index filing_item_blocked on filing_item (evidence_id) where state = 'BLOCKED';
