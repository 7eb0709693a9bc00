SELECT name, value FROM smile_parameter ORDER BY name
