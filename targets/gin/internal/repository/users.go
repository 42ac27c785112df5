package repository

import "context"

// UserID finds the user who holds a token.
func (s *Store) UserID(ctx context.Context, token string) (int64, error) {
	var id int64
	err := s.db.WithContext(ctx).Table("users").Select("id").Where("token = ?", token).Take(&id).Error
	return id, known(err)
}
