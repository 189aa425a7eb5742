SELECT manager_id, name, branch_id, team_id, skills, daily_minutes, away_from, away_to, _file, _line,
    utc(known_at) AS known_at
FROM read_parquet('managers.parquet')
