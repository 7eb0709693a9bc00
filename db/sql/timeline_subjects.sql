SELECT DISTINCT scheme, behaviour_group, subject FROM coding WHERE is_primary
ORDER BY list_position(['infant', 'caregiver1', 'caregiver2', 'sibling'], subject), scheme, behaviour_group
